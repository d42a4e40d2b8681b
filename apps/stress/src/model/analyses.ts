import { Injectable } from '@nestjs/common';
import {
  createScenarios,
  deviationSensitivities,
  factorSensitivities,
  peaksOverThreshold,
  scenarioLosses,
  tailFigures,
} from '@risk-budget/risk-math';
import { asStressError } from '../errors.js';
import { weightsBy, type StressedPortfolio } from '../portfolio/stressed-portfolio.js';
import type { RunRequestOf, Sensitivities, TailRisk } from '../runs/run.types.js';
import { requireModelled } from './model-scenarios.js';
import { basisOf, Simulations } from './simulations.js';

/** Figures that are no scenario: derivatives of risk, and the tail of past losses. */
@Injectable()
export class Analyses {
  constructor(private readonly simulations: Simulations) {}

  /** @throws StressError `STRESS.NO_HISTORY` */
  sensitivities(portfolio: StressedPortfolio): Sensitivities {
    requireModelled(portfolio);
    const { instrumentIds, matrix } = portfolio.inputs.evaluation.model;
    const weights = weightsBy(portfolio, instrumentIds);
    const held = new Set(portfolio.leaves.map((leaf) => leaf.instrumentId));
    const figures = deviationSensitivities(matrix, weights);
    const instruments = instrumentIds.flatMap((instrumentId, i) => {
      if (!held.has(instrumentId)) return [];
      const weight = weights[i] ?? 0;
      const toWeight = figures.toWeight[i] ?? 0;
      const toVolatility = figures.toVolatility[i] ?? 0;
      return [{ instrumentId, weight, toWeight, toVolatility, lossPerPercent: weight * 0.01 }];
    });
    return {
      kind: 'sensitivities',
      deviationDaily: figures.total,
      toAllCorrelations: figures.toAllCorrelations,
      instruments,
      factors:
        matrix.kind === 'factorModel' ? factorSensitivities(matrix, weights).map((factor) => ({ ...factor })) : null,
    };
  }

  /** @throws StressError `STRESS.NO_HISTORY`, `STRESS.NOT_COMPUTABLE` where the tail cannot be fitted */
  async tail(portfolio: StressedPortfolio, request: RunRequestOf<'tail'>): Promise<TailRisk> {
    const aligned = await this.simulations.pastReturns(portfolio, request.days);
    const weights = weightsBy(portfolio, aligned.instrumentIds);
    const { confidence, threshold, tailShare } = request;
    const { quantileRule } = portfolio.inputs.evaluation.specification;
    const { window, ...coverage } = basisOf(portfolio, aligned);
    try {
      const oneDay = { horizonDays: 1, scaling: 'sqrt' } as const;
      const losses = scenarioLosses(createScenarios(aligned.returns, oneDay), weights);
      const fit = peaksOverThreshold(
        losses,
        confidence,
        threshold === undefined ? { tailShare: tailShare ?? 0.1 } : { threshold },
      );
      const past = tailFigures(losses, confidence, quantileRule);
      return {
        kind: 'tail',
        confidence,
        ...{ var: fit.var, es: fit.es, threshold: fit.threshold, excesses: fit.excesses },
        ...{ observations: fit.observations, shape: fit.shape, shapeStandardError: fit.shapeStandardError },
        ...{ scale: fit.scale, scaleStandardError: fit.scaleStandardError },
        historicalVar: past.var,
        historicalEs: past.es,
        window: window ?? { start: aligned.startDate, end: aligned.startDate, days: aligned.dates.length },
        ...coverage,
      };
    } catch (error) {
      throw asStressError(error);
    }
  }
}
