import type { Book } from '../market/book.js';
import { realisedReturnsOf } from '../market/realised-returns.js';
import type { Quotes } from '../market/quotes.js';
import type { Desk, DeskTokens } from '../desk/desk.js';
import { OperatorDesk } from '../desk/operator.js';
import type { RestClient } from '../desk/rest-client.js';
import type { FaultOf } from '../script/faults.schema.js';
import type { Script } from '../script/script.js';
import type { Pacer } from './pacer.js';
import type { Step } from './timeline.js';
import type { Upstream } from './upstream.js';
import { listedInstrument, positionsOf } from './world-publisher.js';

export interface StepPlayerParts {
  readonly script: Script;
  readonly quotes: Quotes;
  readonly upstream: Upstream;
  readonly pacer: Pacer;
  readonly desk: Desk;
  readonly rest: RestClient;
  readonly tokens: DeskTokens;
  readonly books: Map<string, Book>;
  /** Services that read positions: where a refused statement is parked. */
  readonly positionReaders: readonly string[];
}

/** Lets the steps of the timeline happen, each with all its consequences before the next. */
export class StepPlayer {
  private readonly operator: OperatorDesk;

  constructor(private readonly parts: StepPlayerParts) {
    this.operator = new OperatorDesk(parts.rest, parts.tokens.operator);
  }

  /** Moves the clock to the time of a step, so that everything due before it happens first. */
  async arrive(step: Step): Promise<void> {
    if (step.at > this.parts.pacer.now) await this.parts.pacer.advance(step.at);
  }

  /** Lets the step happen, at its time, with everything that follows from it. */
  async perform(step: Step): Promise<void> {
    const { upstream, pacer, desk } = this.parts;
    switch (step.kind) {
      case 'models':
        await pacer.advance(step.at);
        if (step.predictions.length === 0) return;
        await upstream.predict(step.predictions);
        break;
      case 'stress':
        await pacer.advance(step.at);
        return;
      case 'desk':
        await desk.act(step.action);
        // What a service did in answer to a request is known by its answer to the clock.
        await pacer.advance(step.at);
        return;
      case 'bars':
        await upstream.publishBars(step.bars, step.at, step.copies);
        for (const portfolioId of step.returnsOf) await this.stateReturns(portfolioId, step);
        break;
      case 'correction':
        await upstream.publishBars([step.bar], step.at);
        break;
      case 'announceSplit': {
        const { instrumentId, exDate, ratio, positions } = step.fault;
        await upstream.announce({ kind: 'split', instrumentId, exDate, ratio, positions }, step.at);
        break;
      }
      case 'splitBooks':
        for (const book of this.parts.books.values()) book.split(step.fault.instrumentId, step.fault.ratio);
        return;
      case 'defineInstrument':
        await upstream.defineInstruments([listedInstrument(step.fault, this.parts.script)], step.at);
        break;
      case 'buyWithoutHistory':
        await this.buy(step.fault, step.at);
        break;
      case 'tradeOutOfOrder':
        await this.tradeOutOfOrder(step.fault, step.at);
        break;
      case 'statePositionsOfUnknown':
        await upstream.statePositions(positionsOf(step.fault, step.at.slice(0, 10), step.at, this.parts.quotes));
        break;
      case 'defineAndReplay':
        await this.defineAndReplay(step.fault, step.at);
        break;
    }
    await pacer.settle();
  }

  private async stateReturns(
    portfolioId: string,
    { at, date, previous }: { readonly at: string; readonly date: string; readonly previous: string },
  ): Promise<void> {
    const { script, quotes, upstream } = this.parts;
    const start = script.world.portfolios.find(({ portfolio }) => portfolio.portfolioId === portfolioId);
    const benchmarkId = start?.portfolio.benchmarkId;
    if (benchmarkId === undefined) throw new Error(`${portfolioId} has no benchmark to be held against`);
    const question = { date, previous, knownAt: at, benchmarkId };
    const closeOf = (instrumentId: string, on: string) => quotes.close(instrumentId, on);
    await upstream.stateReturns(realisedReturnsOf(this.book(portfolioId), question, closeOf));
  }

  private async buy(fault: FaultOf<'noHistory'>, at: string): Promise<void> {
    const { strategy, instrumentId, quantity } = fault;
    const trades = [{ strategy, instrumentId, quantityChange: quantity }];
    const statement = this.book(fault.portfolioId).execute(trades, at, (id) => this.closeOf(id, at));
    if (statement !== undefined) await this.parts.upstream.changePositions(statement);
  }

  private async tradeOutOfOrder(fault: FaultOf<'outOfOrder'>, at: string): Promise<void> {
    const { strategy, instrumentId, portfolioId } = fault;
    const [first, second] = fault.quantityChanges.map((quantityChange) =>
      this.book(portfolioId).execute([{ strategy, instrumentId, quantityChange }], at, (id) => this.closeOf(id, at)),
    );
    if (first === undefined || second === undefined) throw new Error(`fault ${fault.id}: a trade moves nothing`);
    await this.parts.upstream.changePositionsSwapped(first, second, () => this.parts.pacer.settle());
  }

  /** The portfolio is defined, and the operator lets each service handle what it has parked. */
  private async defineAndReplay(fault: FaultOf<'refused'>, at: string): Promise<void> {
    const { upstream, pacer, positionReaders } = this.parts;
    await upstream.definePortfolio(fault.portfolio, at);
    await pacer.settle();
    for (const service of positionReaders) {
      await this.operator.replayParked(service, 'positions', fault.portfolio.portfolioId);
      await pacer.advance(at);
    }
  }

  private closeOf(instrumentId: string, at: string): string {
    const close = this.parts.quotes.close(instrumentId, at.slice(0, 10));
    if (close === undefined) throw new Error(`${instrumentId} has no close on ${at.slice(0, 10)}`);
    return close;
  }

  private book(portfolioId: string): Book {
    const book = this.parts.books.get(portfolioId);
    if (book === undefined) throw new Error(`nobody knows what ${portfolioId} holds`);
    return book;
  }
}
