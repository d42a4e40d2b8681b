import { pick, seededRandom } from '@risk-budget/chaos';
import type { Script } from '@risk-budget/replay';
import { randomDesk } from './random-desk.js';
import { randomFaults } from './random-faults.js';

/** What a script folder holds. */
export type History = Pick<Script, 'world' | 'faults' | 'desk'>;
export type World = History['world'];
type Leaf = World['portfolios'][number]['leaves'][number];

/** Draws of one seed. */
export interface Dice {
  /** From 0 to 1. */
  random(): number;
  /** A whole number, both ends included. */
  whole(from: number, to: number): number;
  one<Item>(items: readonly Item[]): Item;
  /** Several, each at most once, in the order given. */
  some<Item>(items: readonly Item[], count: number): Item[];
  /** A decimal between two, both multiples of 10^-digits. */
  decimal(from: number, to: number, digits: number): string;
}

/** What is drawn from: the world of the sample, its instruments and its days. */
export interface Stock {
  readonly world: World;
  readonly instruments: Script['instruments'];
  /** Trading days of the prices, ascending. */
  readonly days: readonly string[];
}

export interface HistoryOptions {
  readonly seed: number;
  /** Trading days that are replayed, at least six. */
  readonly days: number;
}

/** First days are drawn from these: markets fall, so that limits are breached, and a few days bring as much as a quiet year. */
const earliest = '2020-02-20';
const latest = '2020-03-20';
/** Enough for every model; what came before costs time alone. */
const historyStart = '2015-01-02';

const strategies = ['growth', 'value', 'income'] as const;

/**
 * A history that nobody has written: portfolios, limits with their changes and approvals, trades, and prices that are late, wrong, doubled or
 * missing. The same for the same seed.
 */
export function randomHistory({ seed, days: count }: HistoryOptions, stock: Stock): History {
  if (count < 6) throw new RangeError(`a history of ${count} days is too short: six are needed`);
  const dice = diceOf(seed);
  const firsts = stock.days.filter((day) => day >= earliest && day <= latest);
  const at = stock.days.indexOf(dice.one(firsts));
  const days = stock.days.slice(at, at + count);
  const world: World = {
    ...stock.world,
    firstDay: days[0] ?? '',
    lastDay: days.at(-1) ?? '',
    historyStart,
    historyEnd: stock.days[at - 1] ?? '',
    realisedReturns: [],
    predictions: [],
    shows: [],
    portfolios: Array.from({ length: dice.whole(2, 3) }, (_, n) => randomPortfolio(dice, n + 1, stock)),
  };
  const faults = randomFaults(dice, world, days);
  return { world, faults, desk: randomDesk(dice, { world, faults, days, instruments: stock.instruments }) };
}

function randomPortfolio(dice: Dice, number: number, { instruments, world }: Stock): World['portfolios'][number] {
  const names = instruments.filter(({ assetClass }) => assetClass === 'equity').map(({ instrumentId }) => instrumentId);
  return {
    portfolio: {
      portfolioId: `FUND-${number}`,
      name: `Fund ${number}`,
      baseCurrency: 'USD',
      benchmarkId: world.benchmarks[0]?.benchmarkId ?? '',
      calendar: 'XNYS',
      groups: ['equity'],
    },
    nav: String(dice.whole(5, 80) * 1_000_000),
    leaves: dice.some(names, dice.whole(4, 9)).map((instrumentId): Leaf => {
      return { strategy: dice.one(strategies), instrumentId, weight: dice.decimal(0.03, 0.1, 3) };
    }),
  };
}

function diceOf(seed: number): Dice {
  const random = seededRandom(seed);
  const whole = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1));
  const one = <Item>(items: readonly Item[]): Item =>
    pick(
      random,
      items.map((item) => [item, 1] as const),
    );
  return {
    random,
    whole,
    one,
    some: (items, count) => {
      const left = [...items];
      while (left.length > count) left.splice(whole(0, left.length - 1), 1);
      return left;
    },
    decimal: (from, to, digits) => {
      const unit = 10 ** digits;
      return (whole(Math.round(from * unit), Math.round(to * unit)) / unit).toFixed(digits);
    },
  };
}
