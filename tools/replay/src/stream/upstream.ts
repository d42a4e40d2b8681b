import {
  barsPublished,
  benchmarkStated,
  clockAdvanced,
  corporateActionAnnounced,
  instrumentDefined,
  limitWanted,
  portfolioDefined,
  positionsChanged,
  positionsStated,
  predictionMade,
  realisedReturnsStated,
  type Bar,
  type Benchmark,
  type CorporateAction,
  type Instrument,
  type LimitProposal,
  type Portfolio,
  type PositionChanges,
  type PositionsSnapshot,
  type PredictionMade,
  type RealisedReturnsStated,
} from '@risk-budget/contracts';
import { createUpstreamPublisher, type MessagingDriver } from '@risk-budget/messaging';
import type { UpstreamSource } from './settlement.js';

/** Bars in one message: well below the limit of a message. */
const barsAMessage = 2500;

/** The systems around us, as far as the replay plays them: each publishes under its own name. */
export class Upstream {
  private readonly portfolioState;
  private readonly marketData;
  private readonly instrumentAnalysis;
  private readonly configuration;
  private readonly performanceMeasurement;
  private readonly marketPrediction;
  private readonly clock;

  /** For {@link Settlement}: what each has published. The clock is answered by its sequence instead. */
  readonly sources: readonly UpstreamSource[];

  constructor(
    driver: MessagingDriver,
    private readonly feed: string,
  ) {
    const publisher = (source: string) => createUpstreamPublisher({ driver, source });
    this.portfolioState = publisher('portfolio-state');
    this.marketData = publisher('market-data');
    this.instrumentAnalysis = publisher('instrument-analysis');
    this.configuration = publisher('configuration');
    this.performanceMeasurement = publisher('performance-measurement');
    this.marketPrediction = publisher('market-prediction');
    this.clock = publisher('replay');
    this.sources = [
      { source: '/upstream/portfolio-state', published: () => this.portfolioState.published() },
      { source: '/upstream/market-data', published: () => this.marketData.published() },
      { source: '/upstream/instrument-analysis', published: () => this.instrumentAnalysis.published() },
      { source: '/upstream/configuration', published: () => this.configuration.published() },
      { source: '/upstream/performance-measurement', published: () => this.performanceMeasurement.published() },
      { source: '/upstream/market-prediction', published: () => this.marketPrediction.published() },
    ];
  }

  async definePortfolio(portfolio: Portfolio, occurredAt: string): Promise<void> {
    await this.portfolioState.publish(portfolioDefined, { occurredAt, data: portfolio });
  }

  async statePositions(positions: PositionsSnapshot): Promise<void> {
    await this.portfolioState.publish(positionsStated, { occurredAt: positions.asOf, data: positions });
  }

  async changePositions(changes: PositionChanges): Promise<void> {
    await this.portfolioState.publish(positionsChanged, { occurredAt: changes.asOf, data: changes });
  }

  /** Sends the second of two statements first. @param between what happens before the first follows */
  async changePositionsSwapped(
    first: PositionChanges,
    second: PositionChanges,
    between: () => Promise<void>,
  ): Promise<void> {
    const earlier = await this.portfolioState.prepare(positionsChanged, { occurredAt: first.asOf, data: first });
    const later = await this.portfolioState.prepare(positionsChanged, { occurredAt: second.asOf, data: second });
    await this.portfolioState.send(later);
    await between();
    await this.portfolioState.send(earlier);
  }

  async stateBenchmark(benchmark: Benchmark, occurredAt: string): Promise<void> {
    await this.portfolioState.publish(benchmarkStated, { occurredAt, data: benchmark });
  }

  async defineInstruments(instruments: readonly Instrument[], occurredAt: string): Promise<void> {
    const events = instruments.map((data) => ({ occurredAt, data }));
    await this.instrumentAnalysis.publishMany(instrumentDefined, events);
  }

  /** One message. @param copies how often it is sent, with one id */
  async publishBars(bars: readonly Bar[], occurredAt: string, copies = 1): Promise<void> {
    const message = await this.marketData.prepare(barsPublished, {
      occurredAt,
      data: { feed: this.feed, interval: 'P1D', bars: [...bars] },
    });
    for (let copy = 0; copy < copies; copy++) await this.marketData.send(message);
  }

  /** Bars of many days, oldest first, in messages that are each known at their last bar. @returns messages sent */
  async publishHistory(bars: readonly Bar[], onMessage: (sent: number, total: number) => void): Promise<number> {
    const total = Math.ceil(bars.length / barsAMessage);
    for (let sent = 0; sent < total; sent++) {
      const part = bars.slice(sent * barsAMessage, (sent + 1) * barsAMessage);
      await this.publishBars(part, part.at(-1)?.time ?? '');
      onMessage(sent + 1, total);
    }
    return total;
  }

  async announce(action: CorporateAction, occurredAt: string): Promise<void> {
    await this.marketData.publish(corporateActionAnnounced, { occurredAt, data: action });
  }

  async wantLimit(limit: LimitProposal, occurredAt: string): Promise<void> {
    await this.configuration.publish(limitWanted, { occurredAt, data: limit });
  }

  async stateReturns(data: RealisedReturnsStated): Promise<void> {
    await this.performanceMeasurement.publish(realisedReturnsStated, { occurredAt: data.knownAt, data });
  }

  async predict(predictions: readonly PredictionMade[]): Promise<void> {
    const events = predictions.map((data) => ({ occurredAt: data.madeAt, data }));
    await this.marketPrediction.publishMany(predictionMade, events);
  }

  async advanceClock(time: string, sequence: number): Promise<void> {
    await this.clock.publish(clockAdvanced, { occurredAt: time, data: { time, sequence } });
  }
}
