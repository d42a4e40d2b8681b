import { randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { topics, type Breach } from '@risk-budget/contracts';
import type { BatchContext, ReceivedEvent } from '@risk-budget/messaging';
import { BreachExplanations } from './breach-explanations.js';
import { ExplanationTasksRepository } from './explanation-tasks.repository.js';
import type { ExplanationTask } from './explanation.types.js';

/** Receives what happens to breaches; each that opens or worsens is explained. */
@Controller()
export class BreachesConsumer {
  constructor(
    private readonly tasks: ExplanationTasksRepository,
    private readonly explanations: BreachExplanations,
  ) {}

  @EventPattern<string>(topics.breaches.name)
  async onBreaches(@Payload() events: readonly ReceivedEvent<Breach>[], @Ctx() { tx }: BatchContext): Promise<void> {
    for (const event of events) {
      const task = taskOf(event);
      if (task !== undefined && (await this.tasks.insert(tx, task))) await this.explanations.attempt(tx, task);
    }
  }
}

/** Undefined for a transition that has nothing to explain, and for a limit whose measure an older publisher did not name. */
function taskOf({ id, correlationId, data }: ReceivedEvent<Breach>): ExplanationTask | undefined {
  const { portfolioId, breachId, limitId, transition, at, nodeId, snapshotId, measure, budgetMeasure } = data;
  if (transition !== 'opened' && transition !== 'worsened') return undefined;
  const explained = measure === 'utilization' ? (budgetMeasure ?? undefined) : measure;
  if (explained === undefined) return undefined;
  return {
    explanationId: randomUUID(),
    ...{ portfolioId, breachId, limitId, transition, at, nodeId, measure: explained },
    fromSnapshotId: data.heldSnapshotId ?? null,
    toSnapshotId: snapshotId,
    correlationId,
    causationId: id,
    attempts: 0,
  };
}
