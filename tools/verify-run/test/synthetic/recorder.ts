import { randomUUID } from 'node:crypto';
import { defaultRiskPolicy, topicPath, type EventDefinition, type RiskPolicy } from '@risk-budget/contracts';
import { contextOf, type RunContext } from '../../src/checks/context.js';
import { RunEvents, type LoggedMessage } from '../../src/events/run-events.js';
import { noFindings } from '../../src/inputs/rest-findings.js';
import type { RunInputs } from '../../src/inputs/script-files.js';

export const portfolioId = 'CORE';
export const names = ['AAA', 'BBB', 'CCC', 'IDX'];
/** The series that the portfolio is measured against. */
export const benchmarkId = 'IDX';

export const policy: RiskPolicy = {
  ...defaultRiskPolicy,
  model: { method: 'ledoitWolf', target: 'constantCorrelation', windowDays: 30 },
  historicalWindowDays: 30,
  minimumHistoryDays: 10,
};

/** Writes down what is published, as a log would, and lets what follows be computed from it as the verification does. */
export class Recorder {
  readonly messages: LoggedMessage[] = [];
  private readonly sequences = new Map<string, number>();
  private wall = Date.parse('2026-01-01T00:00:00.000Z');
  private lastId = '';

  constructor(readonly inputs: RunInputs) {}

  /** Of the last event. */
  get causeId(): string {
    return this.lastId;
  }

  /** All that is known from what has been published so far. */
  context(): RunContext {
    return contextOf(this.inputs, this.events(), noFindings);
  }

  events(): RunEvents {
    return new RunEvents(this.messages);
  }

  publish<Data>(definition: EventDefinition<Data>, source: string, time: string, data: Data): void {
    const key = definition.key(data);
    const topic = topicPath(definition.topic);
    const series = `${topic} ${source} ${key}`;
    const sequence = (this.sequences.get(series) ?? 0) + 1;
    this.sequences.set(series, sequence);
    this.wall += 10;
    this.lastId = randomUUID();
    const envelope = {
      specversion: '1.0',
      id: this.lastId,
      source,
      type: definition.type,
      subject: key,
      time,
      datacontenttype: 'application/json',
      sequence,
      recordedat: new Date(this.wall).toISOString(),
      correlationid: 'test',
      data,
    };
    this.messages.push({ topic, payload: JSON.stringify(envelope), publishedAt: envelope.recordedat });
  }
}
