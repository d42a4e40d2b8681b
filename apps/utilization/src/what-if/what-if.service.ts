import { Injectable } from '@nestjs/common';
import type { SnapshotNode } from '@risk-budget/contracts';
import { PortfolioInputsLoader, portfolioMetricsOf, type Trade } from '@risk-budget/market-data';
import { leafNodeId } from '@risk-budget/risk-math';
import type { AssembledNodes } from '../nodes/node-assembly.js';
import { CurrentPortfolios, type CurrentPortfolio } from '../portfolios/current-portfolios.js';
import { evaluated, type EvaluatedPortfolio } from '../snapshots/portfolio-computation.js';
import { nodesOf } from '../snapshots/snapshot-assembly.js';
import { isComplete } from '../snapshots/snapshot-figures.js';
import { SnapshotMetrics } from '../snapshots/snapshot-metrics.js';
import { compareNodes, metricsChange } from './comparison.js';
import type { WhatIfAnswer, WhatIfRequest } from './what-if.schemas.js';

const alwaysShown: ReadonlySet<string> = new Set(['portfolio', 'strategy', 'sector', 'benchmark']);

/** What some trades would make of the figures: the same evaluator, model and marks on both sides. */
@Injectable()
export class WhatIfService {
  /** Nodes of the present states, which many questions about one state share. */
  private readonly presentNodes = new WeakMap<CurrentPortfolio, AssembledNodes>();

  constructor(
    private readonly current: CurrentPortfolios,
    private readonly loader: PortfolioInputsLoader,
    private readonly metrics: SnapshotMetrics,
  ) {}

  /**
   * @throws CodedError `UTILIZATION.NO_SNAPSHOT`, `UTILIZATION.NOT_EVALUABLE`, `UTILIZATION.NOT_COMPUTABLE`, and those of market data for
   *   an instrument without definition, price or rate or a net asset value that is not positive
   */
  async evaluate(portfolioId: string, { trades, detail }: WhatIfRequest): Promise<WhatIfAnswer> {
    const end = this.metrics.whatIfSeconds.startTimer();
    const current = await this.current.get(portfolioId);
    const before = current.portfolio;
    const inputs = await this.loader.withTrades(before.inputs, trades.map(asTrade));
    const after: EvaluatedPortfolio = { inputs, evaluation: evaluated(inputs), plan: before.plan };
    const shown = shownBy(detail, trades);
    const [earlier, later] = [this.nodesOf(current), nodesOf(onlyShown(after, shown), current.states)];
    const [from, to] = [sideOf(before), sideOf(after)];
    end();
    return {
      portfolioId,
      snapshotId: current.snapshotId,
      asOf: current.asOf,
      modelId: inputs.model.modelId,
      policyId: inputs.policy.policyId,
      policyVersion: inputs.policy.version,
      before: from,
      after: to,
      change: metricsChange(from.metrics, to.metrics),
      nodes: compareNodes(earlier.nodes, later.nodes, shown),
    };
  }

  private nodesOf(current: CurrentPortfolio): AssembledNodes {
    const known = this.presentNodes.get(current);
    if (known !== undefined) return known;
    const assembled = nodesOf(current.portfolio, current.states);
    this.presentNodes.set(current, assembled);
    return assembled;
  }
}

function asTrade({ price, ...trade }: WhatIfRequest['trades'][number]): Trade {
  return price === undefined ? trade : { ...trade, price };
}

function sideOf({ inputs, evaluation }: EvaluatedPortfolio): WhatIfAnswer['before'] {
  const { nav, modelledShare } = inputs;
  return {
    nav,
    modelledShare,
    complete: isComplete(inputs),
    metrics: portfolioMetricsOf(evaluation, inputs.daysToLiquidate),
  };
}

type NodeFilter = (node: Pick<SnapshotNode, 'kind' | 'nodeId'>) => boolean;

/** Nodes that nobody is shown need not be held against budgets. */
function onlyShown(portfolio: EvaluatedPortfolio, shown: NodeFilter): EvaluatedPortfolio {
  const { nodes, views, ...evaluation } = portfolio.evaluation;
  return { ...portfolio, evaluation: { ...evaluation, nodes: nodes.filter(shown), views: views.filter(shown) } };
}

function shownBy(detail: WhatIfRequest['detail'], trades: WhatIfRequest['trades']): NodeFilter {
  if (detail === 'full') return () => true;
  const traded = new Set(trades.map(({ strategy, instrumentId }) => leafNodeId(strategy, instrumentId)));
  return ({ kind, nodeId }) => alwaysShown.has(kind) || traded.has(nodeId);
}
