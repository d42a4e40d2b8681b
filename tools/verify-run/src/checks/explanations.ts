import {
  breachChanged,
  changeExplained,
  changeUnexplained,
  limitDefined,
  snapshotTaken,
  type ChangeExplanation,
  type ChangeLine,
  type LimitDefinition,
  type UtilizationSnapshot,
} from '@risk-budget/contracts';
import { boundOf, figureOf } from '../evaluation/limit-figures.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/**
 * What explains each breach and each day: one for every breach that opened or worsened and none else, from the last snapshot in which the
 * limit held; figures at both ends as the snapshots have them; effects and parts that sum exactly.
 */
export function checkExplanations(context: RunContext): Check[] {
  const book = new Book(context);
  return [checkOnce(context), checkStarts(book), checkEnds(book), checkSums(book), checkDays(book)];
}

/** Snapshots and limits by their ids, and what was explained. */
class Book {
  readonly explanations: readonly ChangeExplanation[];
  readonly snapshots: ReadonlyMap<string, UtilizationSnapshot>;
  private readonly ofPortfolio = new Map<string, UtilizationSnapshot[]>();
  private readonly definitions;

  constructor({ events }: RunContext) {
    this.explanations = events.of(changeExplained).map(({ data }) => data);
    const taken = events.of(snapshotTaken).map(({ data }) => data);
    this.snapshots = new Map(taken.map((snapshot) => [snapshot.snapshotId, snapshot]));
    for (const snapshot of taken) {
      this.ofPortfolio.set(snapshot.portfolioId, [...(this.ofPortfolio.get(snapshot.portfolioId) ?? []), snapshot]);
    }
    this.definitions = events.of(limitDefined).map(({ data, envelope }) => ({ limit: data, time: envelope.time }));
  }

  /** In the order of their sequence. */
  taken(portfolioId: string): readonly UtilizationSnapshot[] {
    return this.ofPortfolio.get(portfolioId) ?? [];
  }

  /** The definition in force at an instant; the first one before that. */
  limitAt(limitId: string, at: string): LimitDefinition | undefined {
    const own = this.definitions.filter(({ limit }) => limit.limitId === limitId);
    return (own.findLast(({ time, limit }) => time <= at && limit.effectiveFrom <= at) ?? own[0])?.limit;
  }

  /** Since when a limit has been held against snapshots. */
  since(limitId: string): string {
    return this.definitions.find(({ limit }) => limit.limitId === limitId)?.time ?? '';
  }

  /** Whether a limit holds in a snapshot; undefined when the snapshot does not say. */
  holds(limitId: string, snapshot: UtilizationSnapshot): boolean | undefined {
    const limit = this.limitAt(limitId, snapshot.asOf);
    if (limit === undefined || snapshot.state === 'incomplete') return undefined;
    const value = figureOf(limit, snapshot);
    const bound = boundOf(limit, snapshot, snapshot.asOf);
    if (value === undefined || bound === undefined) return undefined;
    return limit.direction === 'upper' ? value <= bound : value >= bound;
  }
}

function nameOf({ limitId, transition, asOf, measure, nodeId, portfolioId }: ChangeExplanation): string {
  return limitId === null
    ? `${portfolioId} ${measure} on ${asOf}`
    : `${limitId} ${String(transition)} at ${asOf} (${nodeId})`;
}

/** What rests on more than positions, prices and a risk model: told as unexplained, with the reason. */
const withoutSplit: ReadonlySet<string> = new Set(['daysToLiquidate', 'stressLoss']);

function checkOnce({ events }: RunContext): Check {
  const check = new CheckRecorder('one explanation for every breach that opened or worsened, none invented');
  const told = new Map<string, number>();
  const key = (of: Pick<ChangeExplanation, 'breachId' | 'transition' | 'asOf'>) =>
    `${String(of.breachId)} ${String(of.transition)} ${of.asOf}`;
  for (const { data } of events.of(changeExplained)) {
    if (data.cause === 'breach') told.set(key(data), (told.get(key(data)) ?? 0) + 1);
  }
  for (const { data } of events.of(changeUnexplained)) {
    told.set(key(data), (told.get(key(data)) ?? 0) + 1);
    const reason = () => `${data.portfolioId} ${String(data.limitId)} at ${data.asOf}: ${data.code}: ${data.detail}`;
    check.expect(withoutSplit.has(data.measure) && data.code === 'ATTRIBUTION.NOT_DEFINED', reason);
  }
  for (const { data } of events.of(breachChanged)) {
    if (data.transition !== 'opened' && data.transition !== 'worsened') continue;
    const wanted = key({ breachId: data.breachId, transition: data.transition, asOf: data.at });
    const count = told.get(wanted) ?? 0;
    told.delete(wanted);
    check.expect(count === 1, () => `${data.limitId} ${data.transition} at ${data.at}: ${count} explanations`);
  }
  for (const invented of told.keys()) check.expect(false, () => `invented: ${invented}`);
  return check.result();
}

function checkStarts(book: Book): Check {
  const check = new CheckRecorder('explained breaches start at the last snapshot in which the limit held');
  for (const explanation of book.explanations) {
    const { limitId, transition, fromSnapshotId, toSnapshotId, portfolioId } = explanation;
    if (limitId === null || transition !== 'opened') continue;
    const name = nameOf(explanation);
    const to = book.snapshots.get(toSnapshotId);
    const from = fromSnapshotId === null ? undefined : book.snapshots.get(fromSnapshotId);
    check.expect(to !== undefined, () => `${name}: nobody knows the snapshot ${toSnapshotId}`);
    if (to === undefined) continue;
    if (fromSnapshotId !== null) {
      const held = from !== undefined && from.sequence <= to.sequence && book.holds(limitId, from) === true;
      // A new bound can break a limit on the very snapshot in which it held under the old one.
      check.expect(held || from === to, () => `${name}: the limit does not hold in ${fromSnapshotId}`);
    }
    const since = book.since(limitId);
    const between = book
      .taken(portfolioId)
      .filter(({ sequence, asOf }) => sequence > (from?.sequence ?? 0) && sequence < to.sequence && asOf >= since);
    const later = between.find((snapshot) => book.holds(limitId, snapshot) === true);
    check.expect(later === undefined, () => `${name}: the limit held later, at ${String(later?.asOf)}`);
  }
  return check.result();
}

function checkEnds(book: Book): Check {
  const check = new CheckRecorder('explained changes: figures and budgets at both snapshots');
  for (const explanation of book.explanations) {
    const { from, to, fromSnapshotId, toSnapshotId, budgetFrom, budgetTo } = explanation;
    const name = nameOf(explanation);
    compareEnd(check, `${name} to`, book, explanation, { snapshotId: toSnapshotId, value: to, budget: budgetTo });
    if (fromSnapshotId === null || from === null) continue;
    const end = { snapshotId: fromSnapshotId, value: from, budget: budgetFrom };
    compareEnd(check, `${name} from`, book, explanation, end);
  }
  return check.result();
}

interface End {
  readonly snapshotId: string;
  readonly value: number;
  readonly budget: number | null;
}

function compareEnd(check: CheckRecorder, name: string, book: Book, of: ChangeExplanation, end: End): void {
  const snapshot = book.snapshots.get(end.snapshotId);
  if (snapshot === undefined) return check.expect(false, () => `${name}: nobody knows the snapshot ${end.snapshotId}`);
  if (of.quantity === 'figure') {
    const limit = of.limitId === null ? undefined : book.limitAt(of.limitId, snapshot.asOf);
    const figure = limit === undefined ? undefined : figureOf(limit, snapshot);
    // A view that the snapshot leaves out has been held against the limit in none.
    if (figure !== undefined) check.figure(name, end.value, figure, 1);
    return;
  }
  const node = snapshot.nodes.find(({ nodeId }) => nodeId === of.nodeId);
  const figures = node?.measures.find(({ measure }) => measure === of.measure);
  if (figures === undefined) return;
  if (of.quantity === 'utilization') check.figure(`${name} budget`, end.budget, figures.budget);
  const unit = of.quantity === 'utilization' ? (end.budget ?? Number.NaN) : 1;
  check.figure(name, end.value, figures.consumption / unit, 1e-3);
}

function checkSums(book: Book): Check {
  const check = new CheckRecorder('explained changes: effects sum to the change, parts to the whole, to rounding');
  for (const explanation of book.explanations) {
    const { from, to, effects, nodes } = explanation;
    const name = nameOf(explanation);
    if (from === null) check.expect(effects.length === 0, () => `${name}: effects of no change`);
    else check.figure(name, sum(effects), to - from, Math.abs(to) + Math.abs(from));
    for (const node of nodes) {
      const scale = Math.abs(to) + Math.abs(from ?? 0);
      check.figure(`${name} ${node.nodeId}`, sum(node.effects), node.to - node.from, scale);
      const parts = nodes.filter(({ parentId }) => parentId === node.nodeId);
      if (parts.length === 0) continue;
      const total = (value: (part: (typeof parts)[number]) => number) =>
        parts.reduce((all, part) => all + value(part), 0);
      check.figure(
        `${name} from, parts of ${node.nodeId}`,
        total((part) => part.from),
        node.from,
        scale,
      );
      check.figure(
        `${name} to, parts of ${node.nodeId}`,
        total((part) => part.to),
        node.to,
        scale,
      );
      for (const { effect, value } of node.effects) {
        const own = total((part) => part.effects.find((line) => line.effect === effect)?.value ?? Number.NaN);
        check.figure(`${name} ${effect}, parts of ${node.nodeId}`, own, value, scale);
      }
    }
  }
  return check.result();
}

/** Days follow each other: each starts where the one before it ended, and ends with the last snapshot before its time. */
function checkDays(book: Book): Check {
  const check = new CheckRecorder('explained days: from close to close, without a gap');
  const last = new Map<string, { readonly toSnapshotId: string; readonly asOf: string }>();
  for (const explanation of book.explanations) {
    if (explanation.cause !== 'schedule') continue;
    const { portfolioId, measure, fromSnapshotId, toSnapshotId, asOf } = explanation;
    const name = nameOf(explanation);
    const known = last.get(`${portfolioId} ${measure}`);
    if (known !== undefined) {
      check.expect(known.asOf < asOf, () => `${name}: told twice, or out of order`);
      check.expect(known.toSnapshotId === fromSnapshotId, () => `${name}: does not start where the day before ended`);
    }
    last.set(`${portfolioId} ${measure}`, explanation);
    const close = book.taken(portfolioId).findLast((snapshot) => snapshot.asOf <= asOf);
    check.expect(close?.snapshotId === toSnapshotId, () => `${name}: does not end with the last snapshot before it`);
  }
  return check.result();
}

function sum(effects: readonly ChangeLine[]): number {
  return effects.reduce((total, { value }) => total + value, 0);
}
