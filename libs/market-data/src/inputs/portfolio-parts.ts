import { isDeepStrictEqual } from 'node:util';
import { dateOf, type Benchmark, type Instrument, type Portfolio, type RiskPolicy } from '@risk-budget/contracts';
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
  /** Absent for a price that came with the positions. */
  readonly source?: 'bar' | 'tick';
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

/** Whether two readings of one portfolio on one day are the same but for their moment and marks. */
export function differInMarksAlone(first: PortfolioParts, last: PortfolioParts): boolean {
  return (
    dateOf(first.at.asOf) === dateOf(last.at.asOf) &&
    // Large, and the same objects as long as nothing has changed.
    first.model.model.modelId === last.model.model.modelId &&
    first.aligned === last.aligned &&
    first.scenarios === last.scenarios &&
    isDeepStrictEqual(fixedOf(first), fixedOf(last))
  );
}

/** What is compared by its contents; of a rate's time only the day counts, for that decides whether it is stale. */
function fixedOf(parts: PortfolioParts): unknown {
  const { portfolio, policy, holdings, positions, cash, instruments, benchmark, alsoModelled } = parts;
  const { sequence, gaps, dividends } = holdings;
  const rates = [...parts.rates].map(([currency, { rate, time }]) => [currency, rate, dateOf(time)]);
  return { portfolio, policy, sequence, gaps, dividends, positions, cash, instruments, benchmark, alsoModelled, rates };
}

export function sameMarks(left: ReadonlyMap<string, PartMark>, right: ReadonlyMap<string, PartMark>): boolean {
  return (
    left.size === right.size &&
    [...left].every(([instrumentId, { price, time }]) => {
      const other = right.get(instrumentId);
      return other?.price === price && Date.parse(other.time) === Date.parse(time);
    })
  );
}
