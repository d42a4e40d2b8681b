/**
 * Makes newco-2020.csv: the closes of a made-up share that starts trading on 2020-02-03. Its returns are 1.2 times those of SP500 plus
 * 2.5 % a day of its own, from a seeded generator, so that a second run writes the same file. Run from this folder: node make-newco.mjs
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const seed = 20200203;
const firstDay = '2020-02-03';
const lastDay = '2020-06-30';
const firstClose = 24;

let state = seed;
function uniform() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

function gaussian() {
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

const lines = gunzipSync(readFileSync('../us-equities-1990-2022.csv.gz')).toString().trim().split('\n');
const column = lines[0].split(',').indexOf('SP500');
const index = lines.slice(1).map((line) => ({ date: line.slice(0, 10), close: Number(line.split(',')[column]) }));

const rows = ['Date,NEWCO'];
let close = firstClose;
index.forEach((day, i) => {
  if (day.date < firstDay || day.date > lastDay) return;
  if (day.date > firstDay) close *= 1 + 1.2 * (day.close / index[i - 1].close - 1) + 0.025 * gaussian();
  rows.push(`${day.date},${close.toFixed(3)}`);
});
writeFileSync('newco-2020.csv', `${rows.join('\n')}\n`);
