import { parseCsv } from './csv.js';
import { checkedProposals, proposalOfRow, refuseUnknownColumns } from './upload-rows.js';

const header =
  'limitId,portfolioId,name,measure,level,strategy,direction,boundKind,bound,severity,hysteresis,effectiveFrom,reason';

describe('CSV uploads', () => {
  it('reads quoted fields with commas, quotes and line breaks, and passes over empty lines', () => {
    expect(parseCsv('\uFEFFa,b\r\n1,"x, ""y""\nz"\r\n\r\n2,\n')).toEqual([{ a: '1', b: 'x, "y"\nz' }, { a: '2' }]);
  });

  it.each([
    ['a,b\n1\n', 'line 2'],
    ['a,a\n1,2\n', 'line 1'],
    ['a,b\n1,"2\n', 'line 2'],
    ['a,b\nx"y",2\n', 'line 2'],
    ['', 'line 1'],
  ])('refuses %j and says where', (text, field) => {
    expect(() => parseCsv(text)).toThrow(
      expect.objectContaining({ code: 'LIMITS.BAD_UPLOAD', errors: [expect.objectContaining({ field })] }),
    );
  });

  it('makes proposals of rows', () => {
    const rows = parseCsv(
      `${header}\nL1,P1,Growth,volatility,strategy,Growth,upper,shareOfBudget,0.9,hard,0.02,2020-01-01T00:00:00.000Z,"House, rule"\n`,
    );
    expect(checkedProposals(rows.map(proposalOfRow))).toEqual([
      {
        limitId: 'L1',
        portfolioId: 'P1',
        name: 'Growth',
        measure: 'volatility',
        scope: { level: 'strategy', strategy: 'Growth' },
        direction: 'upper',
        bound: { kind: 'shareOfBudget', share: 0.9 },
        severity: 'hard',
        hysteresis: 0.02,
        effectiveFrom: '2020-01-01T00:00:00.000Z',
        reason: 'House, rule',
      },
    ]);
  });

  it('names every row and field at fault, a limit that stands twice, and columns that do not exist', () => {
    const row = 'L1,P1,Growth,volatility,portfolio,,upper,absolute,abc,hard,,2020-01-01T00:00:00.000Z,';
    const rows = parseCsv(`${header}\n${row}\n`);
    expect(() => checkedProposals(rows.map(proposalOfRow))).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ field: 'rows[0].bound.value' })] }),
    );
    const good = proposalOfRow({ ...rows[0], bound: '1' });
    expect(() => checkedProposals([good, good])).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ field: 'rows[1].limitId' })] }),
    );
    expect(() => refuseUnknownColumns([{ limit: 'x' }])).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ field: 'limit' })] }),
    );
  });
});
