import type { Benchmark, Instrument, Portfolio, RiskPolicy } from '@risk-budget/contracts';
import type { ScenarioSet } from '@risk-budget/risk-math';
import type { AsOf } from '../common/as-of.js';
import type { LoadedRiskModel } from '../models/risk-model.store.js';
import type { Holding, Holdings } from '../positions/holdings.js';
import type { AlignedReturns } from '../prices/aligned-returns.types.js';
import type { Conversion } from '../rates/fx.store.js';

/** A price to value a position at. */
export interface PartMark {
  readonly price: number;
  readonly time: string;
}

/** Everything read from the stores for one portfolio, before it is put together. */
export interface PortfolioParts {
  readonly portfolio: Portfolio;
  readonly at: AsOf;
  readonly policy: RiskPolicy;
  readonly model: LoadedRiskModel;
  /** Of the model's instruments; undefined when not wanted or not to be had. */
  readonly aligned: AlignedReturns | undefined;
  readonly scenarios: ScenarioSet | undefined;
  readonly holdings: Holdings;
  readonly positions: readonly Holding[];
  /** Exact decimals by currency, dividends and trades included. */
  readonly cash: ReadonlyMap<string, string>;
  readonly instruments: ReadonlyMap<string, Instrument>;
  readonly marks: ReadonlyMap<string, PartMark>;
  /** Base currency for one unit. */
  readonly rates: ReadonlyMap<string, Conversion>;
  readonly benchmark: Benchmark | undefined;
  /** Instruments that the model must have besides those held and the benchmark's. */
  readonly alsoModelled: readonly string[];
}
