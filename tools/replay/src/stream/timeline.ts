import type { Bar, PredictionMade } from '@risk-budget/contracts';
import { predictionsOf } from '../market/outside-predictions.js';
import type { Quotes } from '../market/quotes.js';
import type { DeskAction } from '../script/desk.schema.js';
import type { FaultOf } from '../script/faults.schema.js';
import { faultsOf, type Script } from '../script/script.js';

/** One thing that happens at a business time. Everything that one step causes is settled before the next begins. */
export type Step =
  | {
      readonly at: string;
      readonly kind: 'bars';
      readonly date: string;
      readonly bars: readonly Bar[];
      readonly copies: number;
      /** Portfolios whose returns over the day are stated with them, from the closes of the day before it. */
      readonly returnsOf: readonly string[];
      readonly previous: string;
    }
  | { readonly at: string; readonly kind: 'correction'; readonly bar: Bar }
  | { readonly at: string; readonly kind: 'announceSplit'; readonly fault: FaultOf<'split'> }
  | { readonly at: string; readonly kind: 'splitBooks'; readonly fault: FaultOf<'split'> }
  | { readonly at: string; readonly kind: 'defineInstrument'; readonly fault: FaultOf<'noHistory'> }
  | { readonly at: string; readonly kind: 'buyWithoutHistory'; readonly fault: FaultOf<'noHistory'> }
  | { readonly at: string; readonly kind: 'tradeOutOfOrder'; readonly fault: FaultOf<'outOfOrder'> }
  | { readonly at: string; readonly kind: 'statePositionsOfUnknown'; readonly fault: FaultOf<'refused'> }
  | { readonly at: string; readonly kind: 'defineAndReplay'; readonly fault: FaultOf<'refused'> }
  | { readonly at: string; readonly kind: 'desk'; readonly action: DeskAction }
  /** The clock: forecasting's daily models are due. Then others tell their forecasts. */
  | { readonly at: string; readonly kind: 'models'; readonly predictions: readonly PredictionMade[] }
  /** The clock alone: the daily stress runs are due. */
  | { readonly at: string; readonly kind: 'stress' };

/**
 * Everything that happens in the replayed days, in the order in which it happens. At one time, the order is the one in which this function
 * names the kinds, and the script's own within a kind.
 *
 * @param days trading days, ascending
 */
export function timeline(script: Script, quotes: Quotes, days: readonly string[]): Step[] {
  const { world, faults, desk } = script;
  const steps: Step[] = [];
  const openOf = (date: string) => `${date}T00:00:00.000Z`;

  for (const fault of faultsOf(faults, 'split')) {
    steps.push({ at: fault.announcedAt, kind: 'announceSplit', fault });
    steps.push({ at: openOf(fault.exDate), kind: 'splitBooks', fault });
  }
  for (const fault of faultsOf(faults, 'noHistory')) {
    steps.push({ at: `${fault.firstDay}T12:00:00.000Z`, kind: 'defineInstrument', fault });
    steps.push({ at: `${fault.boughtOn}T${fault.boughtAt}`, kind: 'buyWithoutHistory', fault });
  }
  for (const correction of quotes.corrections()) steps.push({ ...correction, kind: 'correction' });
  for (const [at, date] of days.entries()) {
    const returnsOf = world.realisedReturns.filter(({ from, to }) => from <= date && date <= to);
    const copies = faultsOf(faults, 'duplicate').some((fault) => fault.date === date) ? 2 : 1;
    steps.push({
      at: `${date}T${world.closeTime}`,
      kind: 'bars',
      date,
      bars: quotes.bars(date),
      copies,
      returnsOf: returnsOf.map(({ portfolioId }) => portfolioId),
      previous: days[at - 1] ?? world.historyEnd,
    });
    const madeAt = `${date}T${world.modelTime}`;
    const predictions = world.predictions.flatMap((vendor) =>
      predictionsOf(vendor, quotes.closesUpTo(vendor.instrumentId, date, vendor.windowDays + 1), { date, madeAt }),
    );
    steps.push({ at: madeAt, kind: 'models', predictions });
    steps.push({ at: `${date}T${world.stressTime}`, kind: 'stress' });
  }
  for (const fault of faultsOf(faults, 'outOfOrder')) {
    steps.push({ at: `${fault.date}T${fault.time}`, kind: 'tradeOutOfOrder', fault });
  }
  for (const fault of faultsOf(faults, 'refused')) {
    steps.push({ at: fault.statedAt, kind: 'statePositionsOfUnknown', fault });
    steps.push({ at: fault.definedAt, kind: 'defineAndReplay', fault });
  }
  for (const action of desk) steps.push({ at: action.at, kind: 'desk', action });

  return steps
    .map((step, index) => ({ step, index }))
    .sort((a, b) => (a.step.at < b.step.at ? -1 : a.step.at > b.step.at ? 1 : a.index - b.index))
    .map(({ step }) => step);
}
