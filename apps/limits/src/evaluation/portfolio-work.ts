import type { Instant, UtilizationSnapshot } from '@risk-budget/contracts';
import type { Assessment } from '@risk-budget/market-data';
import type { BreachRecord } from '../breaches/breach.types.js';
import type { LimitOverride, LimitVersion } from '../definitions/limit.types.js';
import type { PortfolioEvaluationState } from './evaluations.repository.js';
import type { LatestFigures } from './latest-figures.js';
import type { Standing } from './standing.types.js';
import type { StressLimit } from './stress-figures.js';

/** Everything about one portfolio that its snapshots are held against, read once a batch under the portfolio's lock. */
export interface PortfolioWork {
  readonly portfolioId: string;
  readonly versions: readonly LimitVersion[];
  readonly overrides: readonly LimitOverride[];
  readonly breaches: Map<string, BreachRecord>;
  /** Breaches whose figures have moved without a transition. */
  readonly moved: Set<string>;
  readonly standings: Map<string, Standing>;
  readonly touched: Set<string>;
  readonly changes: Standing[];
  state: PortfolioEvaluationState;
  /** What counted then, for what was decided before this schema was made; absent until it is asked for. */
  past?: Past;
  /** The latest figures as they were before the batch; absent where they are not asked for. */
  readonly kept?: LatestFigures;
  /** Absent until a snapshot is added to them. */
  latest?: LatestFigures;
  fullIsNew: boolean;
}

/** Versions and breaches of a portfolio over all time, as they were rebuilt. */
export interface Past {
  readonly versions: readonly LimitVersion[];
  readonly breaches: readonly BreachRecord[];
}

/** What a limit is held against at an instant, and how. */
export interface Holding {
  readonly snapshot: Pick<UtilizationSnapshot, 'portfolioId' | 'snapshotId' | 'cause'>;
  readonly at: Instant;
  readonly limitId: string;
  readonly ofLimit: readonly LimitVersion[];
  /** The figures decide nothing. */
  readonly incomplete: boolean;
  readonly assess: (limit: StressLimit) => Assessment;
  /** The same limit, at the bound of now, against the previous holdings; see `BreachStep`. */
  readonly previously: (limit: StressLimit) => Promise<Assessment | 'unknown' | undefined>;
  /** What this service has decided on it already and rebuilt: nothing is decided again. */
  readonly past?: Past | undefined;
}
