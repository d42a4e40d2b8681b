import { limitDefined, type LimitDefinition } from '@risk-budget/contracts';
import { boundOf, figureOf, nodeOf } from '../evaluation/limit-figures.js';
import { byLimit, inForce } from '../evaluation/limits-in-force.js';
import { ownFigures } from '../evaluation/own-figures.js';
import { OwnPortfolios } from '../evaluation/own-portfolio.js';
import { planInForce } from '../evaluation/plan-in-force.js';
import type { CheckedLimitFinding, PreTradeFinding } from '../inputs/trade-findings.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** A difference that may be rounding: whether trades touch a limit cannot be said within it. */
const rounding = { surely: 1e-11, hardly: 1e-13 };

/** What is recomputed of one limit. */
interface OwnLimit {
  readonly limit: LimitDefinition;
  readonly before: number | undefined;
  readonly after: number;
  readonly bound: number;
  readonly breachedBefore: boolean;
  readonly breachedAfter: boolean;
  readonly worsens: boolean;
  /** Whether the trades move its figure: yes, no, or by no more than rounding may. */
  readonly touched: boolean | undefined;
}

/** Checks of trades before they are made: every limit before and after them, and the results that the script expects. */
export function checkPreTrades(context: RunContext): Check[] {
  const limits = new CheckRecorder('pre-trade: every limit before and after the trades, none left out');
  const results = new CheckRecorder(
    'pre-trade: refused where a hard limit is broken or worsened, as the script expects',
  );
  const portfolios = new OwnPortfolios(context);
  for (const finding of context.rest.preTrades) {
    const name = `${finding.portfolioId} check at ${finding.at}`;
    // Which orders were under way is not told; the script's checks reserve nothing.
    if (finding.lineage.reservations.length > 0) continue;
    const own = ownLimits(context, portfolios, limits, name, finding);
    compareLimits(limits, name, finding.limits, own);
    const worsened = own.filter(({ worsens }) => worsens).map(({ limit }) => limit.severity);
    const result = worsened.includes('hard') ? 'hard' : worsened.length > 0 ? 'soft' : 'pass';
    results.expect(finding.result === result, () => `${name}: is ${finding.result}, should be ${result}`);
  }
  for (const action of context.inputs.desk.filter((one) => one.do === 'checkTrade')) {
    const made = context.rest.preTrades.filter(
      ({ portfolioId, at, trades, limits: touched }) =>
        portfolioId === action.portfolioId &&
        at === action.at &&
        JSON.stringify(trades) === JSON.stringify(action.trades) &&
        touched.length > 0,
    );
    results.expect(made.length === 1, () => `${action.at}: ${String(action.what)} was checked ${made.length} times`);
    const ended = made[0]?.result;
    results.expect(ended === action.expect, () => `${action.at}: ${String(action.what)} is ${String(ended)}`);
  }
  return [limits.result(), results.result()];
}

function ownLimits(
  context: RunContext,
  portfolios: OwnPortfolios,
  check: CheckRecorder,
  name: string,
  { portfolioId, at, trades, lineage }: PreTradeFinding,
): OwnLimit[] {
  const model = [...context.models.published.values()]
    .filter((one) => one.portfolioId === portfolioId && one.knownAt <= at)
    .at(-1);
  check.expect(model?.modelId === lineage.modelId, () => `${name}: by the model ${lineage.modelId}`);
  const plan = planInForce(context.events, { portfolioId, asOf: at });
  check.expect(
    lineage.planId === (plan?.planId ?? null) && lineage.planVersion === (plan?.version ?? null),
    () => `${name}: by the plan ${String(lineage.planId)}`,
  );
  if (model === undefined) return [];
  const held = portfolios.holdings(portfolioId, at, '9999');
  check.figure(`${name} NAV`, lineage.nav, held.nav);
  check.expect(
    lineage.positionSequence === held.positionSequence,
    () => `${name}: position sequence ${lineage.positionSequence}, ${held.positionSequence} expected`,
  );
  const by = { asOf: at, modelId: model.modelId, policy: plan?.policy ?? model.policy };
  const [before, after] = [held, portfolios.traded(held, trades, at)].map((holdings) =>
    ownFigures(portfolios.evaluated(portfolioId, holdings, by), plan),
  );
  if (before === undefined || after === undefined) return [];
  return byLimit(context.events.of(limitDefined)).flatMap((definitions): OwnLimit[] => {
    const limit = inForce(definitions, at);
    if (limit?.portfolioId !== portfolioId) return [];
    const [from, to, bound] = [figureOf(limit, before), figureOf(limit, after), boundOf(limit, after, at)];
    if (to === undefined || bound === undefined) return [];
    const beyond = (figure: number) => (limit.direction === 'upper' ? figure > bound : figure < bound);
    const change = from === undefined ? Infinity : limit.direction === 'upper' ? to - from : from - to;
    const size = Math.max(1, Math.abs(to), Math.abs(from ?? 0));
    return [
      {
        ...{ limit, before: from, after: to, bound, breachedAfter: beyond(to) },
        breachedBefore: from !== undefined && beyond(from),
        worsens: beyond(to) && change > rounding.hardly * size,
        touched:
          Math.abs(change) > rounding.surely * size
            ? true
            : Math.abs(change) < rounding.hardly * size
              ? false
              : undefined,
      },
    ];
  });
}

function compareLimits(
  check: CheckRecorder,
  name: string,
  told: readonly CheckedLimitFinding[],
  own: readonly OwnLimit[],
): void {
  const published = new Map(told.map((one) => [one.limitId, one]));
  check.expect(published.size === told.length, () => `${name}: a limit is told twice`);
  for (const mine of own) {
    const { limit, touched } = mine;
    const what = `${name} ${limit.limitId}`;
    const found = published.get(limit.limitId);
    published.delete(limit.limitId);
    check.expect(
      touched === undefined || touched === (found !== undefined),
      () => `${what}: is ${found === undefined ? 'left out' : 'told though nothing touches it'}`,
    );
    if (found === undefined) continue;
    check.figure(`${what} before`, found.before, mine.before ?? null, 1e-3);
    check.figure(`${what} after`, found.after, mine.after, 1e-3);
    check.figure(`${what} bound`, found.bound, mine.bound);
    check.expect(
      found.version === limit.version && found.measure === limit.measure && found.nodeId === nodeOf(limit),
      () => `${what}: version, measure or node differ`,
    );
    for (const flag of ['breachedBefore', 'breachedAfter', 'worsens'] as const) {
      check.expect(found[flag] === mine[flag], () => `${what}: ${flag} is ${String(found[flag])}`);
    }
  }
  for (const limitId of published.keys()) check.expect(false, () => `${name}: nobody knows the limit ${limitId}`);
}
