import { randomUUID } from 'node:crypto';
import { changeExplained, type UtilizationSnapshot } from '@risk-budget/contracts';
import { OwnChanges } from '../../src/evaluation/own-change.js';
import { OwnPortfolios } from '../../src/evaluation/own-portfolio.js';
import { portfolioId, type Recorder } from './recorder.js';

/** What a day did to the volatility of the whole. */
export function explainDay(
  recorder: Recorder,
  asOf: string,
  before: UtilizationSnapshot,
  after: UtilizationSnapshot,
): void {
  const [from, to] = [before.metrics.volatilityAnnual, after.metrics.volatilityAnnual];
  const context = recorder.context();
  const taken = (snapshot: UtilizationSnapshot) => ({ snapshot, publishedAt: '9999' });
  const split = new OwnChanges(context, new OwnPortfolios(context)).effects(taken(before), taken(after), {
    measure: 'volatility',
    nodeId: 'portfolio',
    budgets: null,
  });
  const effects = [...(split?.get('portfolio') ?? [])].map(([effect, value]) => ({ effect, value }));
  recorder.publish(changeExplained, '/risk-budget/attribution', asOf, {
    explanationId: randomUUID(),
    ...{ portfolioId, cause: 'schedule', breachId: null, limitId: null, transition: null, asOf },
    ...{ measure: 'volatility', nodeId: 'portfolio', quantity: 'consumption' },
    ...{ fromSnapshotId: before.snapshotId, fromAsOf: before.asOf, from, budgetFrom: null },
    ...{ toSnapshotId: after.snapshotId, toAsOf: after.asOf, to, budgetTo: null, effects },
    nodes: [{ nodeId: 'portfolio', parentId: null, from, to, effects }],
    ...{ contributors: [], codeVersion: 'test' },
  });
}
