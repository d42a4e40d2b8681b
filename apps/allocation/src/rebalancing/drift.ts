import { leafNodeId } from '@risk-budget/risk-math';

/** What a leaf should weigh. */
export interface TargetWeight {
  readonly strategy: string;
  readonly instrumentId: string;
  readonly weight: number;
}

/** What a leaf weighs, and what it takes to change that. */
export interface HeldLeaf {
  readonly strategy: string;
  readonly instrumentId: string;
  /** value / NAV, signed. */
  readonly weight: number;
  /** In the instrument's currency. */
  readonly price: number;
  /** Base currency for a price of 1: contract multiplier × exchange rate. */
  readonly valuePerPrice: number;
}

/** A leaf's weight against its target. */
export interface LeafDrift extends HeldLeaf {
  readonly leafId: string;
  readonly targetWeight: number;
}

/** A trade that brings a leaf back to its target. */
export interface WantedTrade {
  readonly strategy: string;
  readonly instrumentId: string;
  readonly quantityChange: string;
  readonly price: string;
  readonly currentWeight: number;
  readonly targetWeight: number;
}

/** A leaf that is out of its band is back when it is within this part of it: a price on the edge asks once, not at every move. */
const BACK_WITHIN = 0.5;

/**
 * Every leaf that is held or should be, by id.
 *
 * @param held every leaf that is held, and those that are not but have a target, with weight 0
 */
export function driftsOf(held: readonly HeldLeaf[], targets: readonly TargetWeight[]): LeafDrift[] {
  const wanted = new Map(targets.map((target) => [leafNodeId(target.strategy, target.instrumentId), target.weight]));
  return held
    .map((leaf) => {
      const leafId = leafNodeId(leaf.strategy, leaf.instrumentId);
      return { ...leaf, leafId, targetWeight: wanted.get(leafId) ?? 0 };
    })
    .sort((a, b) => (a.leafId < b.leafId ? -1 : 1));
}

/** What has changed about who is out of the band. */
export interface Excursions {
  /** Leaves that are out now. */
  readonly out: readonly string[];
  /** Leaves that have just left: rebalancing is asked for. */
  readonly left: readonly string[];
}

/**
 * Which leaves are out of the band around their target. A leaf leaves when it is strictly beyond the band, and has come
 * back when it is within half of it.
 *
 * @param before leaves that were out
 * @param band absolute distance of a weight from its target
 */
export function excursions(drifts: readonly LeafDrift[], band: number, before: readonly string[]): Excursions {
  const wasOut = new Set(before);
  const out: string[] = [];
  const left: string[] = [];
  for (const { leafId, weight, targetWeight } of drifts) {
    const distance = Math.abs(weight - targetWeight);
    const stays = wasOut.has(leafId) && distance > band * BACK_WITHIN;
    if (!stays && distance <= band) continue;
    out.push(leafId);
    if (!wasOut.has(leafId)) left.push(leafId);
  }
  return { out, left };
}

/**
 * Trades in whole units that bring every leaf as near to its target as they can.
 *
 * @param nav in base currency
 */
export function tradesOf(drifts: readonly LeafDrift[], nav: number): { trades: WantedTrade[]; turnover: number } {
  const trades: WantedTrade[] = [];
  let moved = 0;
  for (const leaf of drifts) {
    const unit = leaf.price * leaf.valuePerPrice;
    const quantity = Math.round(((leaf.targetWeight - leaf.weight) * nav) / unit);
    if (quantity === 0 || !Number.isFinite(quantity)) continue;
    moved += Math.abs(quantity * unit) / nav;
    trades.push({
      strategy: leaf.strategy,
      instrumentId: leaf.instrumentId,
      quantityChange: String(quantity),
      price: decimalOf(leaf.price),
      currentWeight: leaf.weight,
      targetWeight: leaf.targetWeight,
    });
  }
  return { trades, turnover: moved / 2 };
}

/** A price as a decimal text of at most 12 places, never in exponent form. */
function decimalOf(price: number): string {
  const text = String(price);
  return /^\d{1,20}(\.\d{1,12})?$/.test(text) ? text : price.toFixed(12);
}
