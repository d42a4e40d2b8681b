import { Injectable } from '@nestjs/common';
import type { Instant } from '@risk-budget/contracts';
import { AlignedReturnsService } from '@risk-budget/market-data';
import type { Tx } from '@risk-budget/persistence';
import type { ForecastPolicy } from '../forecast-policy/forecast-policy.js';
import { ReturnsPanel } from './returns-panel.js';
import type { Subject } from './subject.js';

/** Loads the past of subjects: one panel of returns a currency. */
@Injectable()
export class ReturnsService {
  constructor(private readonly returns: AlignedReturnsService) {}

  /**
   * Nothing after the moment, and nothing learned later, is in the panels.
   *
   * @throws MarketDataError `MARKET_DATA.NO_HISTORY`, `NO_RATE`
   */
  async panels(
    tx: Tx,
    subjects: readonly Pick<Subject, 'currency' | 'weights'>[],
    at: Instant,
    { windowDays, minimumHistoryDays }: ForecastPolicy,
  ): Promise<ReadonlyMap<string, ReturnsPanel>> {
    const ids = new Map<string, Set<string>>();
    for (const { currency, weights } of subjects) {
      const wanted = ids.get(currency) ?? new Set<string>();
      for (const id of weights.keys()) wanted.add(id);
      ids.set(currency, wanted);
    }
    const panels = new Map<string, ReturnsPanel>();
    for (const [baseCurrency, wanted] of ids) {
      const aligned = await this.returns.load(
        {
          instrumentIds: [...wanted].sort(),
          baseCurrency,
          end: at,
          knownAt: at,
          days: windowDays,
          minimumHistory: minimumHistoryDays,
        },
        tx,
      );
      panels.set(baseCurrency, new ReturnsPanel(aligned));
    }
    return panels;
  }
}
