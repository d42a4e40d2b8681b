import type { Dice, History, World } from './random-history.js';

type Fault = History['faults'][number];
type FaultOf<Kind extends Fault['fault']> = Extract<Fault, { fault: Kind }>;

/**
 * What goes wrong upstream: bars sent twice, bars that never come, closes put right days later, trades in the wrong order, a split, positions
 * of a portfolio that nobody knows yet. Each on a name of its own, so that what a right system makes of it can be told.
 */
export function randomFaults(dice: Dice, world: World, days: readonly string[]): Fault[] {
  const held = [...new Set(world.portfolios.flatMap(({ leaves }) => leaves.map(({ instrumentId }) => instrumentId)))];
  const names = shuffled(dice, held);
  const next = (): string => names.pop() ?? held[0] ?? '';
  const corrected = correction(dice, next(), days);
  const late = refused(dice, world, days);
  // On its day nothing else moves the portfolios before the close.
  const quiet = days
    .slice(2, -1)
    .filter((day) => ![corrected.correctedAt, late.definedAt].some((at) => at.startsWith(day)));
  const parted = split(dice, next(), quiet, days[1] ?? '');
  return [
    ...duplicates(dice, days),
    stale(dice, next(), days),
    corrected,
    parted,
    outOfOrder(dice, world, days, parted.instrumentId),
    late,
  ];
}

function shuffled<Item>(dice: Dice, items: readonly Item[]): Item[] {
  return items
    .map((item) => [dice.random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

function duplicates(dice: Dice, days: readonly string[]): FaultOf<'duplicate'>[] {
  return dice.some(days, dice.whole(1, 3)).map((date) => ({
    fault: 'duplicate',
    id: `duplicate-${date}`,
    topic: 'market-data.bars',
    date,
    expected: 'The second copy is recognised.',
  }));
}

/** Four days: with the weekend that some of them or their neighbours hold, or without, more than the calendar days that a price is good for. */
function stale(dice: Dice, instrumentId: string, days: readonly string[]): FaultOf<'stale'> {
  const first = dice.whole(1, days.length - 5);
  return {
    fault: 'stale',
    id: 'stale',
    instrumentId,
    from: days[first] ?? '',
    to: days[first + 3] ?? '',
    expected: 'The last price stands, is told as stale, and is fresh with the next bar.',
  };
}

function correction(dice: Dice, instrumentId: string, days: readonly string[]): FaultOf<'correction'> {
  const at = dice.whole(0, days.length - 3);
  const late = dice.whole(at + 1, days.length - 2);
  return {
    fault: 'correction',
    id: 'correction',
    instrumentId,
    date: days[at] ?? '',
    wrongFactor: dice.one(['0.9', '1.1', '1.25']),
    // Before the day's close, or after all that the day brings.
    correctedAt: `${days[late] ?? ''}T${dice.one(['15:30:00.000Z', '21:45:00.000Z'])}`,
    expected: 'The wrong close stands until it is corrected, and the right one from then on.',
  };
}

function split(dice: Dice, instrumentId: string, days: readonly string[], announced: string): FaultOf<'split'> {
  return {
    fault: 'split',
    id: 'split',
    instrumentId,
    ratio: dice.one(['2', '4', '5']),
    exDate: dice.one(days),
    announcedAt: `${announced}T15:00:00.000Z`,
    positions: 'before',
    expected: 'Neither the value nor a return shows it.',
  };
}

function outOfOrder(dice: Dice, world: World, days: readonly string[], but: string): FaultOf<'outOfOrder'> {
  const { portfolio, leaves } = dice.one(world.portfolios);
  const { strategy, instrumentId } = dice.one(leaves.filter((leaf) => leaf.instrumentId !== but));
  return {
    fault: 'outOfOrder',
    id: 'out-of-order',
    portfolioId: portfolio.portfolioId,
    strategy,
    instrumentId,
    date: dice.one(days.slice(2, -1)),
    time: '21:05:00.000Z',
    quantityChanges: [String(dice.whole(100, 900)), String(-dice.whole(10, 99))],
    expected: 'Both trades are applied.',
  };
}

function refused(dice: Dice, world: World, days: readonly string[]): FaultOf<'refused'> {
  const [like] = world.portfolios;
  if (like === undefined) throw new RangeError('a world without portfolios has none to refuse');
  const stated = dice.whole(1, days.length - 4);
  return {
    fault: 'refused',
    id: 'refused',
    portfolio: { ...like.portfolio, portfolioId: 'LATE-FUND', name: 'Late fund' },
    nav: '2000000',
    leaves: like.leaves,
    statedAt: `${days[stated] ?? ''}T21:05:00.000Z`,
    definedAt: `${days[dice.whole(stated + 1, days.length - 2)] ?? ''}T15:00:00.000Z`,
    expected: 'Parked until the portfolio is defined, then replayed.',
  };
}
