import { barsPublished } from '@risk-budget/contracts';
import { faultsOf, type RunInputs } from '../inputs/script-files.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** The bars on the topic are those of the files, with the planted faults in them and nothing else, both ways. */
export function checkPrices({ events, inputs }: RunContext): Check[] {
  const check = new CheckRecorder('bars on the topic are those of the input files with what is planted');
  const expected = expectedBars(inputs);
  for (const { envelope, data } of events.of(barsPublished)) {
    for (const bar of data.bars) {
      const key = `${bar.instrumentId} ${bar.time}`;
      const wanted = expected.get(key)?.shift();
      check.expect(
        wanted !== undefined && Math.abs(Number(bar.close) - wanted.close) <= 1e-9 * wanted.close,
        () => `${key}: ${bar.close} on the topic, ${String(wanted?.close)} expected`,
      );
      if (wanted?.at !== undefined) {
        check.expect(
          envelope.time === wanted.at,
          () => `${key}: corrected at ${envelope.time}, not ${String(wanted.at)}`,
        );
      }
    }
  }
  for (const [key, left] of expected) check.expect(left.length === 0, () => `${key}: not on the topic`);
  return [check.result()];
}

interface ExpectedBar {
  readonly close: number;
  /** Business time of a correction. */
  readonly at?: string;
}

function expectedBars({ closes, faults, world }: RunInputs): Map<string, ExpectedBar[]> {
  const expected = new Map<string, ExpectedBar[]>();
  for (const [date, day] of closes) {
    if (date > world.lastDay) continue;
    for (const [instrumentId, adjusted] of day) {
      if (faultsOf(faults, 'stale').some((f) => f.instrumentId === instrumentId && f.from <= date && date <= f.to)) {
        continue;
      }
      let close = Number(adjusted);
      for (const split of faultsOf(faults, 'split')) {
        if (split.instrumentId === instrumentId && date < split.exDate) close *= Number(split.ratio);
      }
      const wrong = faultsOf(faults, 'correction').find((f) => f.instrumentId === instrumentId && f.date === date);
      const bars: ExpectedBar[] =
        wrong === undefined
          ? [{ close }]
          : [{ close: close * Number(wrong.wrongFactor) }, { close, at: wrong.correctedAt }];
      expected.set(`${instrumentId} ${date}T${world.closeTime}`, bars);
    }
  }
  return expected;
}
