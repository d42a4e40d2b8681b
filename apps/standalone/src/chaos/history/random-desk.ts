import type { Dice, History, Stock, World } from './random-history.js';

type Action = History['desk'][number];
type Limit = Extract<Action, { do: 'proposeLimit' }>['limit'];
type Figure = Pick<Limit, 'measure' | 'scope' | 'direction' | 'bound'>;

export interface DeskStock extends Pick<Stock, 'instruments'> {
  readonly world: World;
  readonly faults: History['faults'];
  readonly days: readonly string[];
}

const morning = '15:00:00.000Z';
const noon = '16:00:00.000Z';
const afterClose = '21:05:00.000Z';

/** What people do: a plan for one portfolio, limits on all by REST and by topic, their changes, approvals that are refused and that are given, and sales. */
export function randomDesk(dice: Dice, stock: DeskStock): Action[] {
  const { world, days } = stock;
  const actions: Action[] = [];
  const planned = dice.one(world.portfolios).portfolio.portfolioId;
  actions.push(...plan(planned, days[0] ?? ''));
  for (const portfolio of world.portfolios) {
    for (const figure of randomFigures(dice, portfolio.leaves, stock.instruments)) {
      actions.push(...limitActions(dice, stock, portfolio.portfolio.portfolioId, figure));
    }
  }
  for (const portfolio of world.portfolios) actions.push(...sales(dice, stock, portfolio, planned));
  return actions;
}

/** Equal risk for every position, budgets approved by another, the trades that this asks for. */
function plan(portfolioId: string, day: string): Action[] {
  const at = `${day}T${morning}`;
  const tree = { measure: 'volatility', total: 0.16, reserve: 0.05 };
  return [
    {
      do: 'computeAllocation',
      at,
      by: 'riskManager',
      portfolioId,
      as: 'allocation',
      request: { method: 'riskParity', level: 'leaf', scale: { kind: 'net', value: 0.95 }, ...tree },
    },
    {
      do: 'draftPlan',
      at,
      by: 'riskManager',
      portfolioId,
      as: 'plan',
      allocation: 'allocation',
      request: { trees: [tree], rebalancingBand: 0.001, reason: 'Equal risk for every position' },
    },
    { do: 'approvePlan', at, by: 'riskManager', plan: 'plan', refusedWith: 'ROLE_REQUIRED' },
    { do: 'approvePlan', at, by: 'approver', plan: 'plan' },
    { do: 'activatePlan', at, by: 'approver', plan: 'plan' },
    { do: 'executeRebalancing', at: `${day}T${afterClose}`, by: 'operator', portfolioId },
  ];
}

/** A limit proposed by a person or wanted by topic, and perhaps wanted otherwise later on; each version in force by another's approval. */
function limitActions(dice: Dice, { days }: DeskStock, portfolioId: string, figure: Figure): Action[] {
  const limitId = `${portfolioId}-${figure.measure}-${figure.scope.level}`;
  const wanted: Limit = {
    limitId,
    portfolioId,
    name: `Limit ${limitId}`,
    ...figure,
    severity: dice.one(['soft', 'hard']),
    hysteresis: dice.one([0, 0.01, 0.05]),
    effectiveFrom: `${days[0] ?? ''}T00:00:00.000Z`,
  };
  const first = dice.one(days.slice(0, 2));
  const actions = approved(dice, wanted, first, dice.one(['proposeLimit', 'publishLimit']));
  if (dice.random() < 0.4 && figure.bound.kind === 'absolute') {
    const value = Number((figure.bound.value * Number(dice.decimal(0.7, 1.3, 2))).toFixed(6));
    const later = dice.one(days.slice(3, -1));
    actions.push(...approved(dice, { ...wanted, bound: { kind: 'absolute', value } }, later, 'publishLimit'));
  }
  return actions;
}

function approved(dice: Dice, limit: Limit, day: string, by: 'proposeLimit' | 'publishLimit'): Action[] {
  const { limitId } = limit;
  const at = `${day}T${noon}`;
  const refused: Action = { do: 'approveLimit', at, by: 'riskManager', limitId, refusedWith: 'ROLE_REQUIRED' };
  return [
    { do: by, at: `${day}T${morning}`, by: 'riskManager', limit },
    ...(dice.random() < 0.25 ? [refused] : []),
    { do: 'approveLimit', at, by: 'approver', limitId },
  ];
}

/** Bounds lie where the figures of a falling market go to and fro. No two limits of a portfolio are on the same figure. */
function randomFigures(dice: Dice, leaves: DeskLeaves, instruments: Stock['instruments']): Figure[] {
  const portfolio = { level: 'portfolio' } as const;
  const upper = (measure: Figure['measure'], scope: Figure['scope'], value: string): Figure => {
    return { measure, scope, direction: 'upper', bound: { kind: 'absolute', value: Number(value) } };
  };
  const { instrumentId, strategy } = dice.one(leaves);
  const sector = instruments.find((entry) => entry.instrumentId === instrumentId)?.sector ?? '';
  const choices: (() => Figure)[] = [
    () => upper('volatility', portfolio, dice.decimal(0.08, 0.22, 3)),
    () => upper('volatility', { level: 'strategy', strategy }, dice.decimal(0.02, 0.12, 3)),
    () => upper('var', portfolio, dice.decimal(0.008, 0.022, 4)),
    () => upper('es', portfolio, dice.decimal(0.01, 0.03, 4)),
    () => upper('historicalVar', portfolio, dice.decimal(0.008, 0.022, 4)),
    () => upper('trackingError', portfolio, dice.decimal(0.06, 0.16, 3)),
    () => upper('topFiveWeight', portfolio, dice.decimal(0.25, 0.45, 2)),
    () => upper('weight', { level: 'instrument', instrumentId }, dice.decimal(0.03, 0.11, 3)),
    () => upper('weight', { level: 'sector', sector }, dice.decimal(0.05, 0.25, 2)),
    () => ({ ...upper('cash', portfolio, dice.decimal(0.2, 0.7, 2)), direction: 'lower' }),
  ];
  return dice.some(choices, dice.whole(4, 6)).map((figure) => figure());
}

type DeskLeaves = World['portfolios'][number]['leaves'];

/** On days on which no other trade of the portfolio is planned. */
function sales(
  dice: Dice,
  { days, faults }: DeskStock,
  { portfolio: { portfolioId } }: World['portfolios'][number],
  planned: string,
): Action[] {
  const taken = faults.flatMap((fault) =>
    fault.fault === 'outOfOrder' && fault.portfolioId === portfolioId ? [fault.date] : [],
  );
  const free = days.slice(portfolioId === planned ? 1 : 0).filter((day) => !taken.includes(day));
  return dice.some(free, dice.whole(1, 2)).map((day) => ({
    do: 'sell',
    at: `${day}T${afterClose}`,
    by: 'riskManager',
    portfolioId,
    fraction: Number(dice.decimal(0.05, 0.4, 2)),
    reason: 'Less risk',
  }));
}
