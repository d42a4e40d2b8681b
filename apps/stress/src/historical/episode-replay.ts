import { Injectable } from '@nestjs/common';
import type { Instant } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';
import { Kernels } from '../runs/kernels.js';
import { absent, named, type Outcome, type RunScenario } from '../runs/outcome.js';
import { coverageOf, leafLosses, weightsBy, type StressedPortfolio } from '../portfolio/stressed-portfolio.js';
import type { EpisodeDefinition } from '../scenarios/scenario.types.js';
import { EpisodeReturns } from './episode-returns.js';

/** Takes today's holdings through a window of the past. */
@Injectable()
export class EpisodeReplay {
  constructor(
    private readonly episodes: EpisodeReturns,
    private readonly kernels: Kernels,
  ) {}

  /**
   * @param knownAt prices learned later are not seen
   * @throws StressError `STRESS.NO_HISTORY`
   */
  async replay(
    portfolio: StressedPortfolio,
    scenario: RunScenario<EpisodeDefinition>,
    knownAt: Instant,
    options: { readonly signal?: AbortSignal; readonly tx?: Tx | undefined } = {},
  ): Promise<Outcome> {
    const { baseCurrency, calendar } = portfolio.inputs.portfolio;
    const { start, end } = scenario.definition;
    const instrumentIds = [...new Set(portfolio.leaves.map((leaf) => leaf.instrumentId))].sort();
    const { aligned, cumulative } = await this.episodes.load(
      { start, end, instrumentIds, baseCurrency, calendar, knownAt },
      options.tx,
    );
    const weights = weightsBy(portfolio, aligned.instrumentIds);
    const replay = await this.kernels.run('replayEpisode', [aligned.returns, weights], options.signal);
    const proxied = new Set(aligned.proxied.map((series) => series.instrumentId));
    return {
      result: {
        ...absent,
        ...named(scenario),
        kind: 'historical',
        window: { start: aligned.startDate, end: aligned.dates.at(-1) ?? end, days: aligned.dates.length },
        loss: replay.end.loss,
        worstPointLoss: replay.worstPoint.loss,
        worstDayLoss: replay.worstDay.loss,
        worstTenDayLoss: replay.worstTenDays.loss,
        ...coverageOf(portfolio, ({ instrumentId }) => proxied.has(instrumentId)),
      },
      leafLosses: leafLosses(portfolio, aligned.instrumentIds, cumulative),
    };
  }
}
