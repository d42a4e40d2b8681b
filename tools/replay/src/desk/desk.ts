import { z } from 'zod';
import { decimalFromNumber, multiplyDecimals, negateDecimal } from '@risk-budget/persistence';
import type { Book, Execution } from '../market/book.js';
import type { Quotes } from '../market/quotes.js';
import type { DeskAction, DeskActionOf, DeskRole } from '../script/desk.schema.js';
import type { Upstream } from '../stream/upstream.js';
import { DeskRequests, outcomeOf, type DeskRequest, type RestAction } from './desk-requests.js';
import { problemCode, type RestAnswer, type RestClient } from './rest-client.js';

const rebalancingPage = z.object({
  items: z.array(
    z.object({
      trades: z.array(z.object({ strategy: z.string(), instrumentId: z.string(), quantityChange: z.string() })),
    }),
  ),
});
const newestPage = z.object({ items: z.array(z.unknown()).min(1) });

/** Bearer tokens of the people of the script. */
export type DeskTokens = Readonly<Record<DeskRole, string>>;

/** What came of one action. */
export interface DeskRecord {
  readonly action: DeskAction;
  /** `accepted`, the result of a trade check, or the code that the request was refused with. */
  readonly outcome: string;
  readonly answer: unknown;
}

export interface DeskParts {
  readonly rest: RestClient;
  readonly tokens: DeskTokens;
  readonly upstream: Upstream;
  readonly quotes: Quotes;
  readonly books: ReadonlyMap<string, Book>;
  readonly readFile: (file: string) => string;
}

/** The scripted people. Each action must end as the script says, or the run stops with what happened instead. */
export class Desk {
  readonly records: DeskRecord[] = [];
  private readonly answers = new Map<string, unknown>();
  private readonly requests: DeskRequests;

  constructor(private readonly parts: DeskParts) {
    this.requests = new DeskRequests(parts.rest, this.answers, parts.readFile);
  }

  async act(action: DeskAction): Promise<void> {
    switch (action.do) {
      case 'publishLimit':
        await this.parts.upstream.wantLimit(action.limit, action.at);
        this.records.push({ action, outcome: 'published', answer: undefined });
        return;
      case 'executeRebalancing':
        await this.trade(action, await this.wantedTrades(action));
        return;
      case 'sell':
        await this.trade(action, this.shareOfHoldings(action));
        return;
      default:
        await this.request(action);
    }
  }

  private async request(action: RestAction): Promise<void> {
    const token = this.parts.tokens[action.by];
    const request = await this.requests.of(action, token, `desk-2020-${this.records.length + 1}`);
    const sent = await this.parts.rest.send({ ...request, token });
    const answer = wasDone(action, sent) ? await this.readBack(action, request, token) : sent;
    const outcome = problemCode(answer) ?? outcomeOf(action, answer);
    this.expect(action, outcome, answer);
    if ('as' in action) this.answers.set(action.as, answer.body);
    this.records.push({ action, outcome, answer: answer.body });
  }

  /** What a request has made whose answer was lost: the newest where the script will ask for it again. */
  private async readBack(action: RestAction, request: DeskRequest, token: string): Promise<RestAnswer> {
    if (!('as' in action) && action.do !== 'checkTrade')
      return { status: 200, body: {}, etag: undefined, repeated: true };
    const { service, path } = request;
    const page = await this.parts.rest.send({ service, method: 'GET', path: `${path}?limit=1`, token });
    return { ...page, body: newestPage.parse(page.body).items[0] };
  }

  private expect(action: RestAction, outcome: string, answer: RestAnswer): void {
    const wanted = action.refusedWith ?? (action.do === 'checkTrade' ? action.expect : 'accepted');
    if (outcome === wanted) return;
    throw new Error(
      `${action.at} ${action.by} ${action.do}: ${wanted} expected, got ${outcome}: ${JSON.stringify(answer.body)}`,
    );
  }

  /** Executes at the close of the day, as Portfolio State tells it. */
  private async trade(
    action: DeskActionOf<'executeRebalancing'> | DeskActionOf<'sell'>,
    trades: readonly Execution[],
  ): Promise<void> {
    const statement = this.book(action.portfolioId).execute(trades, action.at, (instrumentId) => {
      const close = this.parts.quotes.close(instrumentId, action.at.slice(0, 10));
      if (close === undefined) throw new Error(`${instrumentId} has no close to trade at on ${action.at}`);
      return close;
    });
    if (statement === undefined) throw new Error(`${action.at} ${action.do}: there is nothing to trade`);
    await this.parts.upstream.changePositions(statement);
    this.records.push({ action, outcome: `${statement.changes.length} trades`, answer: statement });
  }

  /** The last trades that allocation asked for, as it stores them: the event may still be on its way. */
  private async wantedTrades({ portfolioId }: DeskActionOf<'executeRebalancing'>): Promise<readonly Execution[]> {
    const { rest, tokens } = this.parts;
    const path = `/v1/portfolios/${portfolioId}/rebalancings?limit=1`;
    const last = { service: 'allocation', method: 'GET', path, token: tokens.riskManager } as const;
    return (await rest.call(last, rebalancingPage)).items[0]?.trades ?? [];
  }

  private shareOfHoldings(action: DeskActionOf<'sell'>): Execution[] {
    const fraction = decimalFromNumber(action.fraction);
    return this.book(action.portfolioId)
      .holdings()
      .map((holding) => ({
        ...holding,
        quantityChange: negateDecimal(multiplyDecimals(holding.quantityChange, fraction)),
      }));
  }

  private book(portfolioId: string): Book {
    const book = this.parts.books.get(portfolioId);
    if (book === undefined) throw new Error(`nobody knows what ${portfolioId} holds`);
    return book;
  }
}

/** What took effect before its answer was lost is refused when it is sent again: a decision stands already, and a key is known. */
function wasDone(action: RestAction, answer: RestAnswer): boolean {
  return action.refusedWith === undefined && answer.repeated && (answer.status === 409 || answer.status === 412);
}
