import { fileURLToPath } from 'node:url';
import { PriceTable } from '../market/price-table.js';
import { Quotes } from '../market/quotes.js';
import { timeline } from '../stream/timeline.js';
import { faultsOf, readScript } from './script.js';

const dataDir = fileURLToPath(new URL('../../data', import.meta.url));
const script = readScript(dataDir);
const prices = PriceTable.read(dataDir, [
  'us-equities-1990-2022.csv.gz',
  'factor-etfs-2014-2022.csv.gz',
  'synthetic/newco-2020.csv',
]);
const quotes = new Quotes(prices, script.faults, script.world.closeTime);

describe('the script of the run', () => {
  it('replays the trading days of the first half of 2020', () => {
    expect(prices.days(script.world.firstDay, script.world.lastDay)).toHaveLength(125);
  });

  it('holds twenty shares in three strategies, one of them in two', () => {
    const leaves = script.world.portfolios[0]?.leaves ?? [];
    expect(leaves).toHaveLength(21);
    expect(new Set(leaves.map((leaf) => leaf.instrumentId)).size).toBe(20);
    expect(new Set(leaves.map((leaf) => leaf.strategy)).size).toBe(3);
  });

  it('plants one of each fault, on trading days', () => {
    const days = new Set(prices.days(script.world.firstDay, script.world.lastDay));
    expect(new Set(script.faults.map((fault) => fault.fault)).size).toBe(7);
    for (const fault of faultsOf(script.faults, 'correction')) expect(days).toContain(fault.date);
    for (const fault of faultsOf(script.faults, 'stale')) {
      expect(days).toContain(fault.from);
      expect(days).toContain(fault.to);
    }
  });

  it('acts in the order of business time', () => {
    const times = script.desk.map((action) => action.at);
    expect(times).toEqual([...times].sort());
  });
});

describe('raw closes', () => {
  const [split] = faultsOf(script.faults, 'split');

  it('fall by the ratio on the ex-date of a split, and not otherwise', () => {
    expect(quotes.close('AAPL', '2020-02-14')).toBe(String(4 * Number(prices.closes('2020-02-14').get('AAPL'))));
    expect(quotes.close('AAPL', split?.exDate ?? '')).toBe(prices.closes(split?.exDate ?? '').get('AAPL'));
    expect(quotes.close('MSFT', '2020-02-14')).toBe(prices.closes('2020-02-14').get('MSFT'));
  });

  it('are missing while a price is stale', () => {
    const names = (date: string) => quotes.bars(date).map((bar) => bar.instrumentId);
    expect(names('2020-04-17')).toContain('PFE');
    expect(names('2020-04-20')).not.toContain('PFE');
    expect(names('2020-04-27')).toContain('PFE');
  });

  it('are wrong where that is planted, and put right later', () => {
    const [wrong] = quotes.bars('2020-05-11').filter((bar) => bar.instrumentId === 'JPM');
    const [correction] = quotes.corrections();
    expect(Number(wrong?.close) / Number(correction?.bar.close)).toBeCloseTo(1.1, 12);
    expect(correction?.bar.time).toBe(wrong?.time);
  });
});

describe('the timeline', () => {
  const steps = timeline(script, quotes, prices.days(script.world.firstDay, script.world.lastDay));

  it('is ordered by business time', () => {
    const times = steps.map((step) => step.at);
    expect(times).toEqual([...times].sort());
  });

  it('gives every day its bars at the close and its models after them', () => {
    expect(steps.filter((step) => step.kind === 'bars')).toHaveLength(125);
    expect(steps.filter((step) => step.kind === 'models')).toHaveLength(125);
  });

  it('sends the bars of one day twice', () => {
    expect(steps.filter((step) => step.kind === 'bars' && step.copies === 2)).toHaveLength(1);
  });
});
