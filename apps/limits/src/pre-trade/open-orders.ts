import { addDecimals } from '@risk-budget/persistence';
import type { ProposedTrade } from './pre-trade.schemas.js';

/** Orders looked at one by one; each costs one evaluation of the portfolio. */
const maxLegs = 64;

/**
 * What is under way, in parts that may be executed without each other: all purchases of a leaf, all sales of it. Beyond 64 of them all
 * purchases together and all sales together, so that a check stays quick.
 */
export function legsOf(trades: readonly ProposedTrade[]): ProposedTrade[][] {
  const legs = grouped(trades, (trade) => `${sideOf(trade)} ${trade.strategy} ${trade.instrumentId}`).map(summed);
  return legs.length <= maxLegs ? legs.map((leg) => [leg]) : grouped(legs, sideOf);
}

/** Orders that may have been executed before some trades, and the limits that this is to be looked at for. */
export interface Scenario<Limit> {
  readonly done: readonly ProposedTrade[];
  readonly concerned: readonly Limit[];
}

/** For each limit: no order is executed, all are, and those alone that take headroom from it. Equal scenarios are one. */
export function scenariosOf<Limit>(
  limits: readonly Limit[],
  legs: readonly (readonly ProposedTrade[])[],
  takes: (limit: Limit, leg: number) => boolean,
): Scenario<Limit>[] {
  const scenarios = new Map<string, { chosen: readonly boolean[]; concerned: Set<Limit> }>();
  for (const limit of limits) {
    for (const chosen of [legs.map(() => false), legs.map(() => true), legs.map((_, leg) => takes(limit, leg))]) {
      const known = scenarios.get(chosen.join()) ?? { chosen, concerned: new Set() };
      scenarios.set(chosen.join(), known);
      known.concerned.add(limit);
    }
  }
  return [...scenarios.values()].map(({ chosen, concerned }) => ({
    done: legs.filter((_, leg) => chosen[leg]).flat(),
    concerned: [...concerned],
  }));
}

function sideOf({ quantityChange }: ProposedTrade): string {
  return quantityChange.startsWith('-') ? 'sale' : 'purchase';
}

function summed(trades: readonly [ProposedTrade, ...ProposedTrade[]]): ProposedTrade {
  const [first, ...rest] = trades;
  return rest.reduce(
    (sum, { quantityChange }) => ({ ...sum, quantityChange: addDecimals(sum.quantityChange, quantityChange) }),
    first,
  );
}

function grouped(
  trades: readonly ProposedTrade[],
  keyOf: (trade: ProposedTrade) => string,
): [ProposedTrade, ...ProposedTrade[]][] {
  const groups = new Map<string, [ProposedTrade, ...ProposedTrade[]]>();
  for (const trade of trades) {
    const group = groups.get(keyOf(trade));
    if (group === undefined) groups.set(keyOf(trade), [trade]);
    else group.push(trade);
  }
  return [...groups.values()];
}
