import { limitDefinition, limitOverride, type LimitDefinition } from '@risk-budget/contracts';
import { assess, nodeIdOf, type Assessment, type Figures } from '@risk-budget/market-data';
import { z } from 'zod';

/** A limit in force, as far as its crossings are concerned. */
export const watchedLimit = limitDefinition
  .pick({
    limitId: true,
    version: true,
    measure: true,
    budgetMeasure: true,
    direction: true,
    bound: true,
    hysteresis: true,
    effectiveFrom: true,
    effectiveTo: true,
  })
  .extend({ nodeId: z.string(), overrides: z.array(limitOverride) });
export type WatchedLimit = z.infer<typeof watchedLimit>;

/**
 * On which side of its bound a figure stands. `returning`: back inside the bound, and not far enough for a breach to close. Inside is
 * not written down.
 */
export const limitSide = z.enum(['beyond', 'returning']);
export type LimitSide = z.infer<typeof limitSide>;
export type LimitSides = Readonly<Record<string, LimitSide>>;

/** What a state of the portfolio says of its limits. */
export interface LimitWatch {
  readonly sides: LimitSides;
  /** Limits whose figure has changed its side. */
  readonly crossed: readonly string[];
  /** Nodes of these, and of limits that are breached or nearly so: every snapshot tells of them. */
  readonly nodeIds: ReadonlySet<string>;
}

/** Distance from a bound, relative to it, within which its node is told of at every snapshot. */
const nearBound = 0.02;

export function watchedOf(definition: LimitDefinition): WatchedLimit {
  return watchedLimit.parse({
    ...definition,
    nodeId: nodeIdOf(definition.scope),
    overrides: definition.overrides ?? [],
  });
}

/** Nothing is watched, or the state is incomplete and decides nothing. */
export function unwatched(sides: LimitSides): LimitWatch {
  return { sides, crossed: [], nodeIds: new Set() };
}

/** Holds the limits in force against figures, by the rule that opens and closes breaches. */
export function watchLimits(
  limits: readonly WatchedLimit[],
  figures: Figures,
  at: string,
  previous: LimitSides,
): LimitWatch {
  const sides: Record<string, LimitSide> = {};
  const crossed: string[] = [];
  const nodeIds = new Set<string>();
  for (const limit of limits) {
    if (!isWithin(at, limit.effectiveFrom, limit.effectiveTo)) continue;
    const before = previous[limit.limitId];
    const held = assess({ ...limit, bound: boundAt(limit, at) }, figures);
    const side = held.kind === 'evaluated' ? sideOf(held, before) : before;
    if (side !== undefined) sides[limit.limitId] = side;
    if (side !== before) crossed.push(limit.limitId);
    const near = held.kind === 'evaluated' && Math.abs(held.headroom) <= nearBound * Math.abs(held.bound);
    if (side !== before || side !== undefined || near) nodeIds.add(limit.nodeId);
  }
  return { sides, crossed, nodeIds };
}

/** Short of closing is a side of its own only for a figure that was beyond. */
function sideOf(
  { beyond, closes }: Extract<Assessment, { kind: 'evaluated' }>,
  before: LimitSide | undefined,
): LimitSide | undefined {
  if (beyond) return 'beyond';
  return closes || before === undefined ? undefined : 'returning';
}

/** The bound in force at a moment; undefined while the limit is not. */
export function boundInForce(limit: WatchedLimit, at: string): WatchedLimit['bound'] | undefined {
  return isWithin(at, limit.effectiveFrom, limit.effectiveTo) ? boundAt(limit, at) : undefined;
}

function boundAt({ bound, overrides }: WatchedLimit, at: string): WatchedLimit['bound'] {
  return overrides.find(({ effectiveFrom, effectiveTo }) => isWithin(at, effectiveFrom, effectiveTo))?.bound ?? bound;
}

/** Whether an instant lies in [from, to). */
function isWithin(at: string, from: string, to: string | undefined): boolean {
  const time = Date.parse(at);
  return time >= Date.parse(from) && (to === undefined || time < Date.parse(to));
}
