import type { Instant } from '@risk-budget/contracts';
import type { ForecastPolicy } from '../forecast-policy/forecast-policy.js';
import type { ReturnsPanel } from '../subjects/returns-panel.js';
import type { Subject } from '../subjects/subject.js';

/** What every part of a daily run works with. */
export interface DailyContext {
  readonly calendar: string;
  /** Business time of the run: nothing learned later is in its numbers. */
  readonly at: Instant;
  readonly policy: ForecastPolicy;
  /** One a currency. */
  readonly panels: ReadonlyMap<string, ReturnsPanel>;
}

/** The panel in which the returns of a subject are. */
export function panelOf({ panels }: DailyContext, { currency }: Pick<Subject, 'currency'>): ReturnsPanel {
  const panel = panels.get(currency);
  if (panel === undefined) throw new RangeError(`no returns were loaded in ${currency}`);
  return panel;
}
