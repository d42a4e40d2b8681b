import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { simpleReturns } from '@risk-budget/risk-math';
import { parse } from 'csv-parse/sync';
import type { NamedReturns } from './market-model.js';
import { factorReturns } from './market-model.js';
import { fromRoot } from './paths.js';

const LAST_DAY = '2018-12-31';

interface Prices {
  readonly days: string[];
  readonly ids: string[];
  readonly rows: number[][];
}

let prices: Prices | undefined;

/** Daily returns of the sample's 20 shares: the last `observations` to the end of 2018. */
export function sampleReturns(observations = 1000): NamedReturns {
  const { ids, rows } = (prices ??= read());
  const last = rows.slice(-(observations + 1));
  return { ...simpleReturns(Float64Array.from(last.flat()), last.length, ids.length, ids), ids };
}

/** The returns of the benchmark tables: the sample at 20 assets, the market model beyond. */
export function benchmarkReturns(assets: number, observations = 1000): NamedReturns {
  return assets === 20 ? sampleReturns(observations) : factorReturns(assets, observations);
}

function read(): Prices {
  const file = fromRoot('tools/replay/data/us-equities-1990-2022.csv.gz');
  const [header, ...records] = parse(gunzipSync(readFileSync(file)), { skip_empty_lines: true }) as string[][];
  const columns = header!.flatMap((name, at) => (name === 'Date' || name === 'SP500' ? [] : [at]));
  const upTo = records.filter((record) => record[0]! <= LAST_DAY);
  return {
    days: upTo.map((record) => record[0]!),
    ids: columns.map((at) => header![at]!),
    rows: upTo.map((record) => columns.map((at) => Number(record[at]))),
  };
}
