import { enableEngineFeatures } from '../engine.js';
import type { Measured, Workload } from './workload.js';

const WARM_UP_MILLISECONDS = 200;
const ROUNDS = 15;
/** No workload is repeated for longer than this. */
const LONGEST_MILLISECONDS = 10_000;
/** Below this a round is several calls, so that the clock's own resolution does not show. */
const SHORTEST_ROUND_MILLISECONDS = 0.5;

const [subject, index] = process.argv.slice(2);
await enableEngineFeatures();
const { workloads } = (await import(new URL(`./workloads/${subject}.js`, import.meta.url).href)) as {
  workloads: readonly Workload[];
};
const { name, grows, prepare, close } = workloads[Number(index)]!;
const work = prepare();
globalThis.gc?.();
const resting = process.memoryUsage().rss;

let calls = 0;
const begin = performance.now();
do {
  await call();
  calls++;
} while (performance.now() - begin < WARM_UP_MILLISECONDS);
const perCall = (performance.now() - begin) / calls;
const repeats = Math.max(1, Math.ceil(SHORTEST_ROUND_MILLISECONDS / perCall));
const rounds = Math.max(1, Math.min(ROUNDS, Math.floor(LONGEST_MILLISECONDS / (perCall * repeats))));
const times: number[] = [];
for (let round = 0; round < rounds; round++) {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) await call();
  times.push((performance.now() - start) / repeats);
}
times.sort((a, b) => a - b);
await close?.();

/** A promise is waited for; a plain answer costs no turn of the event loop. */
function call(): Promise<unknown> | void {
  const answer = work();
  if (answer instanceof Promise) return answer;
}

const peak = Math.max(0, process.resourceUsage().maxRSS * 1024 - resting) / 2 ** 20;
const measured: Measured = {
  name,
  ...(grows === undefined ? {} : { grows }),
  median: times[times.length >> 1]!,
  best: times[0]!,
  peakMiB: peak,
};
console.log(JSON.stringify(measured));
