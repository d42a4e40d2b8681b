import { randomUUID } from 'node:crypto';
import {
  barsPublished,
  defaultRiskPolicy,
  instrumentDefined,
  portfolioDefined,
  positionsStated,
  riskModelPublished,
  topics,
  type EventDefinition,
  type PositionsSnapshot,
  type RiskModel,
} from '@risk-budget/contracts';
import { createUpstreamPublisher, type NumberedPublisher } from '@risk-budget/messaging';
import { setTimeout as wait } from 'node:timers/promises';
import { Random } from '../data/random.js';
import type { Services } from '../system/services.js';

export const startPrice = 100;

/** Volatility a day and correlation of every two names. */
const volatility = 0.01;
const correlation = 0.3;

export interface WorldSize {
  readonly portfolios: number;
  /** Held by each portfolio; the portfolios after each other hold the next ones, round and round. */
  readonly positions: number;
  readonly instruments: number;
  /** Of a model in factor form; absent for one in covariance form. */
  readonly factors?: number;
}

/** What a bench publishes: instruments at one price, and portfolios of equal positions with a risk model each. */
export class World {
  readonly upstream: NumberedPublisher;
  private readonly forecasting: NumberedPublisher;
  private readonly sequences = new Map<string, number>();

  constructor(
    private readonly services: Services,
    readonly size: WorldSize,
  ) {
    this.upstream = createUpstreamPublisher({ driver: services.driver, source: 'bench' });
    this.forecasting = createUpstreamPublisher({ driver: services.driver, source: '/risk-budget/forecasting' });
  }

  instrument(index: number): string {
    return `I${index % this.size.instruments}`;
  }

  portfolio(index: number): string {
    return `P${index % this.size.portfolios}`;
  }

  async publishInstruments(): Promise<void> {
    const occurredAt = new Date().toISOString();
    const { instruments } = this.size;
    await this.many(instrumentDefined, occurredAt, instruments, (index) => ({
      instrumentId: this.instrument(index),
      name: this.instrument(index),
      assetClass: 'equity' as const,
      currency: 'USD',
      sector: `sector${index % 11}`,
      issuer: `issuer${index}`,
      staleAfterDays: 5,
      contractMultiplier: '1',
    }));
  }

  /** Instruments, prices, portfolios, positions and models; resolves when `service` has a snapshot of each portfolio. */
  async publishPortfolios(service: string): Promise<void> {
    await this.publishInstruments();
    const time = new Date().toISOString();
    const { portfolios, instruments } = this.size;
    // Else each definition would be held against positions that are there already.
    await this.until(service, topics.instruments.name, instruments);
    await this.many(barsPublished, time, Math.ceil(instruments / 500), (part) => ({
      feed: 'bench',
      interval: 'P1D' as const,
      bars: Array.from({ length: Math.min(500, instruments - 500 * part) }, (_, index) => ({
        instrumentId: this.instrument(500 * part + index),
        time,
        close: String(startPrice),
        adjustmentFactor: '1',
      })),
    }));
    await this.many(portfolioDefined, time, portfolios, (index) => ({
      portfolioId: this.portfolio(index),
      name: this.portfolio(index),
      baseCurrency: 'USD',
      calendar: 'XNYS',
      groups: [],
    }));
    for (let index = 0; index < portfolios; index++) await this.statePositions(index);
    // Topics have no order among each other: a model needs what it is computed with, known before it.
    await this.until(service, topics.positions.name, portfolios);
    for (let index = 0; index < portfolios; index++) await this.publishModel(index, new Date().toISOString());
    const snapshots = `SELECT count(DISTINCT portfolio_id) AS count FROM ${service}.snapshot_index`;
    while ((await this.services.count(snapshots)) < portfolios) await wait(50);
  }

  /** A portfolio's positions, as they are; the next statement of its kind. */
  async statePositions(index: number): Promise<void> {
    await this.upstream.publish(positionsStated, this.statement(index));
  }

  statement(index: number): { occurredAt: string; data: PositionsSnapshot } {
    const portfolioId = this.portfolio(index);
    const sequence = (this.sequences.get(portfolioId) ?? 0) + 1;
    this.sequences.set(portfolioId, sequence);
    const occurredAt = new Date().toISOString();
    const positions = this.holdingsOf(index).map((instrumentId) => ({
      strategy: 'core',
      instrumentId,
      quantity: '100',
    }));
    const cash = [{ currency: 'USD', amount: '10000' }];
    return { occurredAt, data: { portfolioId, asOf: occurredAt, sequence, positions, cash } };
  }

  /** Waits until a service has settled so many messages of a topic. */
  async until(service: string, topic: string, count: number): Promise<void> {
    while ((await this.services.settled(service, topic)) < count) await wait(50);
  }

  private holdingsOf(index: number): string[] {
    return Array.from({ length: this.size.positions }, (_, at) => this.instrument(index * this.size.positions + at));
  }

  private async publishModel(index: number, asOf: string): Promise<void> {
    const names = this.holdingsOf(index);
    const { factors } = this.size;
    await this.forecasting.publish(riskModelPublished, {
      occurredAt: asOf,
      data: {
        ...(factors === undefined ? covarianceForm(names) : factorForm(names, factors)),
        modelId: randomUUID(),
        portfolioId: this.portfolio(index),
        policy: defaultRiskPolicy,
        asOf,
        knownAt: asOf,
        windowStart: '2018-01-02',
        windowEnd: asOf.slice(0, 10),
        observations: 500,
        conditionNumber: 10,
        repairs: [],
        holes: [],
        codeVersion: 'bench',
      },
    });
  }

  private async many<Data>(
    definition: EventDefinition<Data>,
    occurredAt: string,
    count: number,
    data: (index: number) => Data,
  ): Promise<void> {
    const events = Array.from({ length: count }, (_, index) => ({ occurredAt, data: data(index) }));
    await this.upstream.publishMany(definition, events);
  }
}

type ModelForm = Pick<RiskModel, 'form' | 'factors' | 'factorCovariance' | 'rows'>;

function covarianceForm(names: readonly string[]): ModelForm {
  const rows = names.map((instrumentId, row) => ({
    instrumentId,
    observations: 500,
    covariances: names.slice(0, row + 1).map((_, other) => volatility ** 2 * (other === row ? 1 : correlation)),
  }));
  return { form: 'covariance', rows };
}

/** A market with betas around 1, and factors of a tenth of its variance with exposures around 0. */
function factorForm(names: readonly string[], count: number): ModelForm {
  const random = new Random(11);
  const variances = Array.from({ length: count }, (_, factor) => volatility ** 2 * (factor === 0 ? 1 : 0.1));
  const rows = names.map((instrumentId) => ({
    instrumentId,
    observations: 500,
    exposures: variances.map((_, factor) => (factor === 0 ? 1 + 0.3 * random.normal() : 0.3 * random.normal())),
    specificVariance: volatility ** 2 * (0.5 + random.uniform()),
  }));
  return {
    form: 'factor',
    factors: variances.map((variance, factor) => ({
      factorId: `F${factor}`,
      volatilityAnnual: Math.sqrt(252 * variance),
    })),
    factorCovariance: variances.map((variance, row) => variances.map((_, other) => (other === row ? variance : 0))),
    rows,
  };
}
