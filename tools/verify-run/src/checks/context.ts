import type { RunEvents } from '../events/run-events.js';
import type { RestFindings } from '../inputs/rest-findings.js';
import type { RunInputs } from '../inputs/script-files.js';
import { OwnModels } from '../evaluation/own-models.js';
import { KnownMarket } from '../market/known-market.js';
import { KnownPositions } from '../market/known-positions.js';
import { OwnReturnsBook } from '../market/own-returns.js';

/** Everything that checks look at. */
export interface RunContext {
  readonly inputs: RunInputs;
  readonly events: RunEvents;
  readonly rest: RestFindings;
  readonly market: KnownMarket;
  readonly positions: KnownPositions;
  readonly returns: OwnReturnsBook;
  readonly models: OwnModels;
}

export function contextOf(inputs: RunInputs, events: RunEvents, rest: RestFindings): RunContext {
  const market = new KnownMarket(events);
  const returns = new OwnReturnsBook(market);
  return {
    inputs,
    events,
    rest,
    market,
    positions: new KnownPositions(events, market),
    returns,
    models: new OwnModels(events, returns),
  };
}
