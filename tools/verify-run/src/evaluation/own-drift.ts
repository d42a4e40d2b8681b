import type { BudgetPlan } from '@risk-budget/contracts';
import type { RunContext } from '../checks/context.js';
import { OwnPortfolios } from './own-portfolio.js';

/** A leaf that is held or should be, beside what it should weigh. */
export interface OwnDrift {
  readonly weight: number;
  readonly target: number;
  readonly price: number;
  /** Units that would bring it to its target, with a fraction. */
  readonly units: number;
}

/** Weights against targets. */
export class OwnDrifts {
  private readonly portfolios: OwnPortfolios;

  constructor(private readonly context: RunContext) {
    this.portfolios = new OwnPortfolios(context);
  }

  /**
   * Every leaf of a plan's portfolio by its strategy and instrument, as of a moment; a target without a price is left out.
   *
   * @param publishedBy statements that the log took later are not in it
   * @returns undefined where nothing is held yet, or something held has no price
   */
  at(
    { portfolioId, targetWeights }: Pick<BudgetPlan, 'portfolioId' | 'targetWeights'>,
    asOf: string,
    publishedBy: string,
  ): { readonly nav: number; readonly leaves: ReadonlyMap<string, OwnDrift> } | undefined {
    if (!this.canBeValued(portfolioId, asOf, publishedBy)) return undefined;
    const { nav, leaves, marks } = this.portfolios.holdings(portfolioId, asOf, publishedBy);
    const held = new Map(leaves.map(({ strategy, instrumentId, weight }) => [`${strategy}/${instrumentId}`, weight]));
    const targets = new Map(
      targetWeights.map(({ strategy, instrumentId, weight }) => [`${strategy}/${instrumentId}`, weight]),
    );
    const found = new Map<string, OwnDrift>();
    for (const leaf of new Set([...held.keys(), ...targets.keys()])) {
      const instrumentId = leaf.slice(leaf.indexOf('/') + 1);
      const price = (marks.get(instrumentId) ?? this.context.market.mark(instrumentId, asOf))?.price;
      if (price === undefined) continue;
      const [weight, target] = [held.get(leaf) ?? 0, targets.get(leaf) ?? 0];
      found.set(leaf, { weight, target, price, units: ((target - weight) * nav) / price });
    }
    return { nav, leaves: found };
  }

  private canBeValued(portfolioId: string, asOf: string, publishedBy: string): boolean {
    const { market, positions } = this.context;
    const held = positions.holdings(portfolioId, asOf, publishedBy)?.holdings;
    return held?.every(({ instrumentId }) => market.mark(instrumentId, asOf) !== undefined) ?? false;
  }
}

/** A leaf that has left its band is back within half of it. */
const backWithin = 0.5;

/** Leaves beyond the band around their target; one that was out before stays out until it is back. */
export function outOfBand(
  leaves: ReadonlyMap<string, OwnDrift>,
  band: number,
  before: ReadonlySet<string>,
): ReadonlySet<string> {
  const out = [...leaves].filter(([leaf, { weight, target }]) => {
    const distance = Math.abs(weight - target);
    return distance > band || (before.has(leaf) && distance > band * backWithin);
  });
  return new Set(out.map(([leaf]) => leaf));
}
