import { type LeafContributions, leafContributions } from '../evaluation/leaf-contributions.js';
import type { EvaluationModel, PortfolioEvaluationInput } from '../evaluation/types.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { withDeviations } from '../model/rescaled.js';
import type { ChangeSource, ExplainedChangeInput, ExplainedState } from './explained-change.js';

/** Contributions by leaf in every state of all sources but the budget. */
export interface CoalitionFigures {
  /** By the number of the state: bit 0 quantities, bit 1 prices, then volatilities and correlations or the window. */
  readonly states: readonly LeafContributions[];
  /** The second date under its new specification; `null` when it did not change. */
  readonly respecified: LeafContributions | null;
}

/** The portfolio in every state of all sources but the budget. */
export interface CoalitionPortfolios {
  /** Of the bits of a state's number. */
  readonly sources: readonly Exclude<ChangeSource, 'budget'>[];
  readonly states: readonly PortfolioEvaluationInput[];
  readonly respecified: PortfolioEvaluationInput | null;
}

export function coalitionFigures(input: ExplainedChangeInput): CoalitionFigures {
  const { states, respecified } = coalitionPortfolios(input);
  const figures = (portfolio: PortfolioEvaluationInput): LeafContributions =>
    leafContributions(portfolio, input.measure);
  return { states: states.map(figures), respecified: respecified === null ? null : figures(respecified) };
}

export function coalitionPortfolios(input: ExplainableInput): CoalitionPortfolios {
  const historical = input.measure === 'historicalVar' || input.measure === 'historicalEs';
  const models = mixedModels(input);
  const sources = historical ? HISTORICAL : PARAMETRIC;
  const states = Array.from({ length: 2 ** sources.length }, (_, state) => {
    const bases = historical ? windowOf(input, state >> 2) : { model: models[state >> 2]! };
    return portfolioOf(input, state & 1, (state >> 1) & 1, bases);
  });
  if (input.respecified === undefined) return { sources, states, respecified: null };
  const { model, specification, scenarios } = input.respecified;
  return { sources, states, respecified: { ...portfolioOf(input, 1, 1, { model, scenarios }), specification } };
}

type ExplainableInput = Omit<ExplainedChangeInput, 'nodes'>;

const PARAMETRIC = ['quantities', 'prices', 'volatilities', 'correlations'] as const;
const HISTORICAL = ['quantities', 'prices', 'scenarioWindow'] as const;

type RiskBasis = Pick<PortfolioEvaluationInput, 'model' | 'scenarios'>;

/** The model at both dates and between: bit 0 the volatilities' date, bit 1 the correlations'. */
function mixedModels({ from, to }: ExplainableInput): readonly EvaluationModel[] {
  const { instrumentIds } = from.model;
  const same =
    instrumentIds.length === to.model.instrumentIds.length &&
    instrumentIds.every((id, row) => id === to.model.instrumentIds[row]);
  if (!same || from.model.matrix.size !== to.model.matrix.size) {
    throw new RiskMathError(
      'invalidInput',
      'the models of both dates must hold the same instruments in the same order',
      {
        field: 'to.model',
      },
    );
  }
  const mixed = (correlations: EvaluationModel, volatilities: EvaluationModel): EvaluationModel => ({
    modelId: `${volatilities.modelId}/${correlations.modelId}`,
    instrumentIds,
    matrix: withDeviations(correlations.matrix, volatilities.matrix.variances.map(Math.sqrt)),
  });
  return [from.model, mixed(from.model, to.model), mixed(to.model, from.model), to.model];
}

function windowOf({ from, to }: ExplainableInput, second: number): RiskBasis {
  const state = second === 1 ? to : from;
  return { model: state.model, scenarios: state.scenarios };
}

/** The portfolio with the quantities of one date at the prices of one date. */
function portfolioOf(
  { from, to, leaves, specification }: ExplainableInput,
  quantitiesAt: number,
  pricesAt: number,
  basis: RiskBasis,
): PortfolioEvaluationInput {
  const held = quantitiesAt === 1 ? to : from;
  const marked = pricesAt === 1 ? to : from;
  const values = held.quantities.map((quantity, leaf) => quantity * marked.prices[leaf]!);
  const nav = held === marked ? held.nav : cashOf(held) + values.reduce((total, value) => total + value, 0);
  if (!(nav > 0)) {
    throw new RiskMathError(
      'outOfDomain',
      `holdings of one date at the prices of the other have a net asset value of ${nav}`,
      {
        field: 'prices',
      },
    );
  }
  return {
    nav,
    leaves: leaves.map((leaf, index) => ({ ...leaf, value: values[index]! })),
    ...basis,
    benchmark: held.benchmark,
    specification,
  };
}

function cashOf({ nav, quantities, prices }: ExplainedState): number {
  let value = 0;
  quantities.forEach((quantity, leaf) => (value += quantity * prices[leaf]!));
  return nav - value;
}
