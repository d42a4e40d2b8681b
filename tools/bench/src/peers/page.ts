import { cpus } from 'node:os';
import type { CaseFigures } from './compare.js';
import type { PeerRow } from './contract.js';

export interface RowFigures {
  readonly row: PeerRow;
  readonly cases: readonly CaseFigures[];
  /** A row that could not be run. */
  readonly failure?: string;
}

/** What stands behind this line of the page was not written by a run, and stays. */
const KEPT_FROM = '<!-- Not written by `npm run bench:peers` from here on. -->';

/** The page with what its last version had behind the line. */
export function withKeptPart(made: string, before: string): string {
  const from = before.indexOf(KEPT_FROM);
  return from < 0 ? made : `${made}\n${before.slice(from)}`;
}

/** `docs/performance.md`: what was measured, on what, and which goals are reached. */
export function page(rows: readonly RowFigures[], about: { readonly kernel: string; readonly seed: number }): string {
  const [cpu] = cpus();
  return [
    '# Performance of the risk mathematics',
    '',
    '<!-- Written by `npm run bench:peers`. -->',
    '',
    'Our time beside that of the libraries that a user would pick instead: same input, results compared before timing, both',
    'sides in turn in one run after a warm-up of their own, the same number of threads. Best of the turns, in milliseconds;',
    'the median in brackets. The ratio is our time over theirs. The running system has',
    '[a page of its own](performance-services.md).',
    '',
    `Measured on ${cpu?.model.trim() ?? 'an unknown processor'}, ${cpus().length} cores, Node ${process.versions.node}, kernels ${about.kernel}.`,
    'Python packages as in `tools/reference/requirements.txt`. n = 20: the sample’s last 1,000 days to 2018; beyond: one market',
    `and ten style factors, Student-t(5), seed ${about.seed}.`,
    '',
    '| Job | Case | Ours | Peer | Theirs | Ratio | At most | Agreement |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows.flatMap(({ row, cases }) => cases.flatMap((figures) => caseLines(row, figures))),
    '',
    '## Goals',
    '',
    '| Job | Goal | Reached |',
    '| --- | --- | --- |',
    ...rows.map(({ row, cases, failure }) => `| ${row.job} | ${row.goal} | ${reached(cases, failure)} |`),
    '',
  ].join('\n');
}

export function missesOf({ cases, failure }: Omit<RowFigures, 'row'>): string[] {
  return [...(failure === undefined ? [] : [failure]), ...cases.flatMap(({ misses }) => misses)];
}

function caseLines(row: PeerRow, figures: CaseFigures): string[] {
  const threads = row.threads === undefined || row.threads === 1 ? '' : `, ${row.threads} threads`;
  const own = `${milliseconds(figures.ours.best)} (${milliseconds(figures.ours.median)})`;
  return [
    ...figures.peers.map(
      ({ name, times, ratio, atMost, agreement, difference }) =>
        `| ${row.job}${threads} | ${figures.name} | ${own} | ${name} | ${milliseconds(times.best)} (${milliseconds(times.median)}) | ${digits(ratio)} | ${atMost ?? '–'} | ${agreement.of} ${difference <= 0 ? 'no worse' : difference.toExponential(1)} |`,
    ),
    ...figures.beside.map(
      ({ name, times }) =>
        `| ${row.job}${threads} | ${figures.name} | ${milliseconds(times.best)} (${milliseconds(times.median)}) | ours: ${name} | – | – | – | – |`,
    ),
  ];
}

function reached(cases: readonly CaseFigures[], failure: string | undefined): string {
  const misses = missesOf({ cases, ...(failure === undefined ? {} : { failure }) });
  return misses.length === 0 ? 'yes' : `no: ${misses.join('; ')}`;
}

export function milliseconds(value: number): string {
  return value >= 100 ? value.toFixed(0) : digits(value);
}

function digits(value: number): string {
  return value >= 100
    ? value.toFixed(0)
    : value >= 0.001
      ? String(Number(value.toPrecision(3)))
      : value.toExponential(1);
}
