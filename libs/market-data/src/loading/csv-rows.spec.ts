import { barDataset, instrumentDataset, positionDataset } from './datasets.js';
import { csvRows } from './csv-rows.js';

async function* pieces(text: string, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

const read = async (text: string) => {
  const rows = [];
  for await (const row of csvRows(pieces(text), Buffer.byteLength(text), barDataset)) rows.push(row);
  return rows;
};

describe('rows of a CSV file', () => {
  it('come with their line, whatever the pieces they arrive in', async () => {
    const rows = await read('\ufeffinstrumentId,date,close\r\nA,2020-01-02,10\r\n\r\n"B, Inc",2020-01-02,"11"\r\n');
    expect(rows.map(({ line, cells }) => [line, cells])).toEqual([
      [2, { instrumentId: 'A', date: '2020-01-02', close: '10' }],
      [4, { instrumentId: 'B, Inc', date: '2020-01-02', close: '11' }],
    ]);
    expect(rows.at(-1)?.fraction).toBeCloseTo(1, 1);
  });

  it.each([
    ['a line with too many cells', 'instrumentId,date,close\nA,2020-01-02,10,11\n', 'line 2'],
    ['an open quote', 'instrumentId,date,close\nA,2020-01-02,"10\n', 'line'],
    ['a column twice', 'instrumentId,date,close,close\n', 'line 1: close'],
    ['an unknown column', 'instrumentId,date,close,colour\n', 'line 1: colour'],
    ['a missing column', 'instrumentId,close\n', 'line 1: date or time'],
  ])('are refused with %s', async (_, text, where) => {
    await expect(read(text)).rejects.toMatchObject({
      code: 'MARKET_DATA.LOAD_REJECTED',
      errors: expect.arrayContaining([expect.objectContaining({ field: expect.stringContaining(where) })]),
    });
  });
});

describe('a row of a data set', () => {
  it('is a bar at the close of its date or at its own time, and not both', () => {
    expect(barDataset.parse({ instrumentId: 'A', date: '2020-01-02', close: '10' })).toEqual({
      row: { instrumentId: 'A', time: '2020-01-02T21:00:00.000Z', close: '10', adjustmentFactor: '1' },
    });
    expect(barDataset.parse({ instrumentId: 'A', close: '10' })).toMatchObject({ problems: [{ field: 'time' }] });
    expect(
      barDataset.parse({ instrumentId: 'A', date: '2020-01-02', time: '2020-01-02T06:00:00Z', close: '10' }),
    ).toMatchObject({ problems: [{ field: 'time' }] });
    expect(barDataset.parse({ instrumentId: 'A', date: '2020-02-31', close: '0' })).toMatchObject({
      problems: expect.arrayContaining([expect.objectContaining({ field: 'date' })]),
    });
  });

  it('is an instrument with its liquidity', () => {
    const cells = { instrumentId: 'A', name: 'A', assetClass: 'equity', currency: 'USD' };
    expect(instrumentDataset.parse({ ...cells, averageDailyVolume: '100', staleAfterDays: '5' })).toMatchObject({
      row: { staleAfterDays: 5, liquidity: { averageDailyVolume: '100', participationRate: 0.2 } },
    });
    expect(instrumentDataset.parse({ ...cells, averageDailyVolume: '-1' })).toMatchObject({
      problems: [{ field: 'averageDailyVolume' }],
    });
    expect(instrumentDataset.parse({ ...cells, assetClass: 'option' })).toMatchObject({
      problems: [{ field: 'assetClass' }],
    });
  });

  it('is a position or cash, not both', () => {
    const head = { portfolioId: 'P', asOf: '2020-01-02T21:00:00Z', sequence: '3' };
    expect(positionDataset.parse({ ...head, currency: 'USD', amount: '5' })).toMatchObject({
      row: { sequence: 3, cash: { currency: 'USD', amount: '5' } },
    });
    const position = { ...head, strategy: 's', instrumentId: 'A', quantity: '1' };
    expect(positionDataset.parse(position)).toMatchObject({ row: { position: { quantity: '1' } } });
    expect(positionDataset.parse({ ...position, currency: 'USD' })).toMatchObject({
      problems: [{ field: 'currency' }],
    });
    expect(positionDataset.parse({ ...head, sequence: 'x', currency: 'USD', amount: '1' })).toMatchObject({
      problems: [{ field: 'sequence' }],
    });
  });
});
