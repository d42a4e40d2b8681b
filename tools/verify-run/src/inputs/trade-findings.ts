import type { LimitMeasure, NodeMeasure, PortfolioMetrics } from '@risk-budget/contracts';
import type { OwnTrade } from '../evaluation/own-portfolio.js';

/** One limit before and after some trades, as limits has told. */
export interface CheckedLimitFinding {
  readonly limitId: string;
  readonly version: number;
  readonly measure: LimitMeasure;
  readonly nodeId: string;
  readonly before: number | null;
  readonly after: number;
  readonly bound: number;
  readonly breachedBefore: boolean;
  readonly breachedAfter: boolean;
  readonly worsens: boolean;
}

/** A list of trades that somebody had checked before making them. */
export interface PreTradeFinding {
  readonly portfolioId: string;
  readonly at: string;
  readonly result: 'pass' | 'soft' | 'hard';
  readonly trades: readonly OwnTrade[];
  readonly limits: readonly CheckedLimitFinding[];
  readonly lineage: {
    readonly nav: number;
    readonly positionSequence: number;
    readonly modelId: string;
    readonly planId: string | null;
    readonly planVersion: number | null;
    readonly reservations: readonly string[];
  };
}

interface WhatIfSide {
  readonly nav: number;
  readonly metrics: PortfolioMetrics;
}

type WhatIfFigures = Pick<NodeMeasure, 'consumption' | 'standalone' | 'budget'>;

/** What utilization makes of trades that nobody has made. */
export interface WhatIfFinding {
  readonly portfolioId: string;
  readonly trades: readonly OwnTrade[];
  readonly snapshotId: string;
  readonly before: WhatIfSide;
  readonly after: WhatIfSide;
  readonly change: Readonly<Record<string, number>>;
  readonly nodes: readonly {
    readonly nodeId: string;
    readonly valueBefore: number;
    readonly valueAfter: number;
    readonly weightBefore: number;
    readonly weightAfter: number;
    readonly measures: readonly {
      readonly measure: NodeMeasure['measure'];
      readonly before: WhatIfFigures | null;
      readonly after: WhatIfFigures | null;
      readonly consumptionChange: number;
    }[];
  }[];
}
