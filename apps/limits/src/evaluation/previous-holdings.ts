import { Injectable } from '@nestjs/common';
import { CodedError, type UtilizationSnapshot } from '@risk-budget/contracts';
import {
  evaluatedFigures,
  PortfolioInputsLoader,
  PositionStore,
  RiskModelStore,
  type Figures,
  type Holding,
  type Holdings,
  type PortfolioInputs,
  type Trade,
} from '@risk-budget/market-data';
import { addDecimals, negateDecimal, type Tx } from '@risk-budget/persistence';
import { Logger } from '@risk-budget/service-kit';
import { evaluatePortfolio, RiskMathError, type PortfolioEvaluationInput } from '@risk-budget/risk-math';
import { behindSnapshot } from '../errors.js';

/** Steps back through statements before giving up: more never lie between two snapshots. */
const maxSteps = 200;

/** The figures of the previous holdings; `unknown` when they cannot be priced here. */
export type PreviousFigures = Figures | 'unknown';

/** Reprices what a portfolio held at the snapshot before: how a breach caused by a trade is told from one caused by the market. */
@Injectable()
export class PreviousHoldings {
  constructor(
    private readonly loader: PortfolioInputsLoader,
    private readonly positions: PositionStore,
    private readonly models: RiskModelStore,
    private readonly logger: Logger,
  ) {}

  /**
   * Figures of the previous holdings at the marks and with the model of a snapshot. Trades at those marks leave the net asset value as it
   * is, so that it is taken from the snapshot.
   *
   * @param previousSequence position sequence of the snapshot before
   * @param patient whether to wait for what has not arrived here yet, by an error that is tried again
   * @throws CodedError `LIMITS.BEHIND_SNAPSHOT` when patient
   */
  async figures(
    tx: Tx,
    snapshot: UtilizationSnapshot,
    previousSequence: number,
    patient: boolean,
  ): Promise<PreviousFigures> {
    try {
      return await this.reprice(tx, snapshot, previousSequence);
    } catch (error) {
      if (!CodedError.is(error) && !(error instanceof RiskMathError)) throw error;
      const behind = CodedError.is(error) && error.code === 'LIMITS.BEHIND_SNAPSHOT';
      if (behind && patient) throw error;
      const { portfolioId, snapshotId } = snapshot;
      this.logger.warn('the previous holdings cannot be priced', { portfolioId, snapshotId, error });
      return 'unknown';
    }
  }

  private async reprice(tx: Tx, snapshot: UtilizationSnapshot, previousSequence: number): Promise<PreviousFigures> {
    const { portfolioId, asOf, lineage } = snapshot;
    const at = { asOf, knownAt: asOf };
    const current = await this.positions.holdings(portfolioId, at, tx);
    if (current === undefined || current.sequence < lineage.positionSequence)
      throw behindSnapshot('position statement');
    const previous = await this.back(tx, current, previousSequence);
    if (previous === undefined) return 'unknown';
    const model = await this.models.get(lineage.modelId, tx).catch((error: unknown) => {
      throw CodedError.is(error) && error.code === 'MARKET_DATA.UNKNOWN_MODEL' ? behindSnapshot('risk model') : error;
    });
    const inputs = await this.loader.load({ portfolioId, at, policy: lineage.policy, model }, tx);
    const before = await this.loader.withTrades(inputs, tradesBetween(current.positions, previous.positions), tx);
    return evaluatedFigures(evaluatePortfolio(atMarksOf(snapshot, before)), before);
  }

  /** The holdings of an earlier statement, in units of the question's day: splits in between are no trades. */
  private async back(tx: Tx, from: Holdings, sequence: number): Promise<Holdings | undefined> {
    let holdings: Holdings | undefined = from;
    for (let step = 0; holdings !== undefined && holdings.sequence > sequence; step++) {
      if (step === maxSteps) return undefined;
      const before = new Date(Date.parse(holdings.statedAt) - 1).toISOString();
      holdings = await this.positions.holdings(from.portfolioId, { asOf: from.at.asOf, knownAt: before }, tx);
    }
    return holdings;
  }
}

/** The evaluation of some positions at the marks and rates of a snapshot; names that it does not hold keep their own. */
function atMarksOf(snapshot: UtilizationSnapshot, inputs: PortfolioInputs): PortfolioEvaluationInput {
  const marks = new Map(snapshot.marks.map((mark) => [mark.instrumentId, mark.price * mark.rate]));
  const own = new Map(inputs.marks.map((mark) => [mark.instrumentId, mark.price * mark.rate]));
  const leaves = inputs.evaluation.leaves.map((leaf) => {
    const ratio = (marks.get(leaf.instrumentId) ?? Number.NaN) / (own.get(leaf.instrumentId) ?? Number.NaN);
    return Number.isFinite(ratio) ? { ...leaf, value: leaf.value * ratio } : leaf;
  });
  return { ...inputs.evaluation, nav: snapshot.nav, leaves };
}

/** Trades that lead from one set of holdings to another. */
function tradesBetween(from: readonly Holding[], to: readonly Holding[]): Trade[] {
  const change = new Map<string, Trade>();
  const add = (holding: Holding, sign: 1 | -1): void => {
    const key = `${holding.strategy}\0${holding.instrumentId}`;
    const before = change.get(key)?.quantityChange ?? '0';
    const quantityChange = addDecimals(before, sign === 1 ? holding.quantity : negateDecimal(holding.quantity));
    change.set(key, { strategy: holding.strategy, instrumentId: holding.instrumentId, quantityChange });
  };
  for (const holding of to) add(holding, 1);
  for (const holding of from) add(holding, -1);
  return [...change.values()].filter((trade) => Number(trade.quantityChange) !== 0);
}
