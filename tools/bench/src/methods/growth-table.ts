import { milliseconds } from '../peers/page.js';
import type { Measured } from './workload.js';

const FROM = '<!-- Written by `npm run bench -- growth`. -->';
const TO = '<!-- To here. -->';

/** The page with a new table of growth between the lines that mark it; `null` without them. */
export function withGrowth(page: string, measured: readonly Measured[], about: string): string | null {
  const from = page.indexOf(FROM);
  const to = page.indexOf(TO, from);
  if (from < 0 || to < 0) return null;
  return `${page.slice(0, from)}${FROM}\n\n${about}\n\n${tableOf(measured)}\n\n${page.slice(to)}`;
}

/** Best times by method and number of assets, with the memory of the largest. */
function tableOf(measured: readonly Measured[]): string {
  const placed = measured.flatMap(({ grows, ...figures }) => (grows === undefined ? [] : [{ ...grows, ...figures }]));
  const sizes = [...new Set(placed.map(({ assets }) => assets))].sort((a, b) => a - b);
  const methods = [...new Set(placed.map(({ method }) => method))];
  const rows = methods.map((method) => {
    const own = placed.filter((figures) => figures.method === method);
    const times = sizes.map((assets) => {
      const figures = own.find((each) => each.assets === assets);
      return figures === undefined ? '–' : `${milliseconds(figures.best)}`;
    });
    const largest = own.reduce((a, b) => (b.assets > a.assets ? b : a));
    return [method, ...times, largest.peakMiB.toFixed(0)];
  });
  const head = ['Method', ...sizes.map((assets) => assets.toLocaleString('en')), 'MiB at the largest'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
