import {
  changeExplained,
  riskMeasure,
  snapshotTaken,
  type ChangeExplanation,
  type ChangeLine,
} from '@risk-budget/contracts';
import { OwnChanges, type ChangeSubject, type OwnEffects, type TakenSnapshot } from '../evaluation/own-change.js';
import { OwnPortfolios } from '../evaluation/own-portfolio.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

const figures: ReadonlySet<string> = new Set(['weight', 'cash', 'topFiveWeight']);

/** What each source has to do with a change, over every order in which they can have moved: of the whole and of its parts. */
export function checkEffects(context: RunContext): Check[] {
  const check = new CheckRecorder(
    'explained changes: the Shapley effect of every source, on the whole and on its parts',
  );
  const changes = new OwnChanges(context, new OwnPortfolios(context));
  const taken = new Map(
    context.events
      .of(snapshotTaken)
      .map(({ data, publishedAt }): [string, TakenSnapshot] => [data.snapshotId, { snapshot: data, publishedAt }]),
  );
  for (const { data } of context.events.of(changeExplained)) {
    const before = taken.get(data.fromSnapshotId ?? '');
    const after = taken.get(data.toSnapshotId);
    const subject = subjectOf(data);
    if (before === undefined || after === undefined || subject === undefined) continue;
    const name = `${data.portfolioId} ${data.measure} of ${data.nodeId} at ${data.asOf}`;
    const respecified = data.effects.some(({ effect }) => effect === 'specification');
    const differ = JSON.stringify(before.snapshot.lineage.policy) !== JSON.stringify(after.snapshot.lineage.policy);
    check.expect(differ || !respecified, () => `${name}: nobody has changed the specification`);
    const own = respecified ? undefined : changes.effects(before, after, subject);
    if (own !== undefined) compare(check, name, data, own);
  }
  return [check.result()];
}

/** Undefined for a figure that is not split here. */
function subjectOf({ measure, nodeId, budgetFrom, budgetTo }: ChangeExplanation): ChangeSubject | undefined {
  const parsed = riskMeasure.safeParse(measure);
  const budgets = budgetFrom === null || budgetTo === null ? null : ([budgetFrom, budgetTo] as const);
  if (parsed.success) return { measure: parsed.data, nodeId, budgets };
  return figures.has(measure)
    ? { measure: measure as 'weight' | 'cash' | 'topFiveWeight', nodeId, budgets }
    : undefined;
}

function compare(check: CheckRecorder, name: string, data: ChangeExplanation, own: OwnEffects): void {
  const scale = Math.abs(data.to) + Math.abs(data.from ?? 0);
  const compareLines = (what: string, lines: readonly ChangeLine[], nodeId: string): void => {
    const published = new Map(lines.map(({ effect, value }) => [effect, value]));
    const wanted = own.get(nodeId);
    check.expect(wanted !== undefined, () => `${what}: there is no such part`);
    for (const [effect, value] of wanted ?? []) check.figure(`${what} ${effect}`, published.get(effect), value, scale);
  };
  compareLines(name, data.effects, data.nodeId);
  for (const { nodeId, effects } of data.nodes) compareLines(`${name}, ${nodeId}`, effects, nodeId);
}
