import type { BudgetReportFinding } from './budget-report-findings.js';
import type { AccuracyFinding, ForecastPolicyFinding } from './forecast-findings.js';
import type { StressFinding } from './stress-findings.js';
import type { PreTradeFinding, WhatIfFinding } from './trade-findings.js';
import type { RiskMeasure } from '@risk-budget/contracts';

/** What a service says of itself over REST and on its management port, once everything is over. */
export interface ServiceFindings {
  readonly service: string;
  /** Outbox rows that are not published. */
  readonly unpublished: number;
  /** Messages received and not settled: parts of incomplete sets, and the backlog of its subscriptions. */
  readonly unfinished: number;
  readonly parkedKeys: number;
  readonly deadLetters: number;
  readonly auditChains: readonly AuditChain[];
}

/** One hash chain as a service gives it out. */
export interface AuditChain {
  readonly chain: string;
  /** What the service's own verification says. */
  readonly valid: boolean;
  readonly length: number;
  readonly head: string;
  /** Entries in order, each as the service gives it out. */
  readonly entries: readonly Readonly<Record<string, unknown>>[];
}

export const riskDimensions = ['security', 'strategy', 'sector', 'issuer', 'factor'] as const;

/** The risk of a portfolio's latest snapshot, told apart. */
export interface RiskFinding {
  readonly portfolioId: string;
  readonly measure: RiskMeasure;
  readonly by: (typeof riskDimensions)[number];
  readonly snapshotId: string;
  readonly total: number;
  readonly lines: readonly {
    readonly name: string;
    readonly kind: string;
    readonly component: number;
    readonly percentage: number | null;
    readonly standalone: number | null;
    readonly xSigmaRho: { readonly exposure: number; readonly deviation: number; readonly correlation: number } | null;
  }[];
}

export type VarMethod = 'model' | 'historical' | 'champion';

/** Value at risk of a portfolio at a close, and the loss of the next day. */
export interface VarDay {
  readonly forecastId: string;
  readonly modelId: string;
  /** When the loss fell due; null while it has not. */
  readonly date: string | null;
  readonly loss: number | null;
  readonly figures: readonly {
    readonly method: VarMethod;
    readonly confidence: number;
    readonly valueAtRisk: number;
  }[];
}

/** One method at one level against what happened. */
export interface VarTest {
  readonly method: VarMethod;
  readonly confidence: number;
  readonly observations: number;
  readonly exceedances: number;
  readonly kupiec: { readonly statistic: number; readonly pValue: number } | null;
  readonly basel: { readonly zone: string; readonly cumulativeProbability: number } | null;
  readonly exceptions: readonly { readonly date: string; readonly loss: number; readonly valueAtRisk: number }[];
}

/** The value at risk of a portfolio on all days, held against the losses. */
export interface BacktestFinding {
  readonly portfolioId: string;
  readonly days: readonly VarDay[];
  readonly tests: readonly VarTest[];
}

export const chanceHorizons = [1, 5, 20] as const;

/** How good the chances were that limits of a portfolio would be broken within a horizon. Figures are null without an observation. */
export interface ChanceFinding {
  readonly portfolioId: string;
  readonly horizonDays: number;
  readonly observations: number;
  /** Brier. */
  readonly score: number | null;
  readonly reliability: number | null;
  readonly resolution: number | null;
  readonly uncertainty: number | null;
  readonly skill: number | null;
  readonly baseRate: number | null;
  /** Tenths of probability, the lowest first. */
  readonly table: readonly {
    readonly count: number;
    readonly meanForecast: number | null;
    readonly observedFrequency: number | null;
  }[];
}

/** How budgets are to follow the market. */
export interface DynamicPolicyFinding {
  readonly dynamicPolicyId: string;
  readonly portfolioId: string;
  readonly version: number;
  readonly rules: {
    readonly regime?:
      | {
          readonly subjectId: string;
          readonly factors: readonly number[];
          readonly rule: 'expected' | 'mostLikely';
        }
      | undefined;
    readonly volatility?:
      | {
          readonly kind: string;
          readonly subjectId: string;
          readonly horizonDays: number;
          readonly targetAnnual: number;
        }
      | undefined;
    readonly minimumFactor: number;
    readonly band: number;
    readonly maximumStep: number;
    readonly minimumDwellDays: number;
  };
  /** Null for one that never was in force. */
  readonly approvedAt: string | null;
  readonly endedAt: string | null;
}

/** What is only told of an adjustment over REST. */
export interface AdjustmentFinding {
  readonly adjustmentId: string;
  readonly wantedFactor: number;
  /** Who let limits follow a rise. */
  readonly limitsFollowedBy: string | null;
}

/** A scenario that somebody thought of, in force by another's approval. */
export interface ScenarioFinding {
  readonly scenarioId: string;
  readonly knownFrom: string;
  readonly proposedBy: string;
  readonly approvedBy: string;
  readonly approvedAt: string;
  readonly shocks: readonly {
    readonly target:
      | { readonly kind: 'instrument'; readonly instrumentId: string }
      | { readonly kind: 'sector'; readonly sector: string }
      | { readonly kind: 'market' };
    readonly return: number;
  }[];
}

/** What was earned in a period that the desk has asked about. */
export interface PerformanceFinding {
  readonly portfolioId: string;
  readonly from: string;
  readonly to: string;
  readonly portfolioReturn: number;
  readonly benchmarkReturn: number;
  readonly activeReturn: number;
  readonly varExceedances: number | null;
  readonly lines: readonly { readonly total: number }[];
  readonly days: readonly {
    readonly date: string;
    readonly source: 'stated' | 'own';
    readonly portfolioReturn: number;
    readonly benchmarkReturn: number;
    readonly var: number | null;
  }[];
}

export interface RestFindings {
  readonly forecastPolicies: readonly ForecastPolicyFinding[];
  readonly accuracies: readonly AccuracyFinding[];
  readonly preTrades: readonly PreTradeFinding[];
  readonly whatIfs: readonly WhatIfFinding[];
  readonly budgetReports: readonly BudgetReportFinding[];
  readonly stressAnswers: readonly StressFinding[];
  readonly services: readonly ServiceFindings[];
  readonly risk: readonly RiskFinding[];
  readonly backtests: readonly BacktestFinding[];
  readonly chances: readonly ChanceFinding[];
  readonly dynamicPolicies: readonly DynamicPolicyFinding[];
  readonly adjustments: readonly AdjustmentFinding[];
  readonly scenarios: readonly ScenarioFinding[];
  readonly performance: readonly PerformanceFinding[];
}

/** Of a run of which nobody has asked anything yet. */
export const noFindings: RestFindings = {
  forecastPolicies: [],
  accuracies: [],
  preTrades: [],
  whatIfs: [],
  budgetReports: [],
  stressAnswers: [],
  services: [],
  risk: [],
  backtests: [],
  chances: [],
  dynamicPolicies: [],
  adjustments: [],
  scenarios: [],
  performance: [],
};
