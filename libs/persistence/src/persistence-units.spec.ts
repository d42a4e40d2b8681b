import { asOfQuery } from './as-of.js';
import { parseInstant } from './column-types.js';
import { toCopyText } from './copy-into.js';
import { isInfrastructureError, isTransientConflict, sqlState } from './infrastructure-error.js';
import { scramVerifier, verifierMatches } from './scram.js';
import { createSeriesTable } from './series/series-table.js';
import { identifier, literal } from './sql.js';

const withCode = (code: string, message = 'x') => Object.assign(new Error(message), { code });

describe('errors told apart', () => {
  it.each(['08006', '53300', '57P01', '57014', '40P01', '40001', '55P03', 'ECONNREFUSED', 'ETIMEDOUT'])(
    '%s is infrastructure',
    (code) => {
      expect(isInfrastructureError(withCode(code))).toBe(true);
      expect(isInfrastructureError({ driverError: withCode(code) })).toBe(true);
      expect(isInfrastructureError(new Error('wrapped', { cause: withCode(code) }))).toBe(true);
      expect(isInfrastructureError(new AggregateError([withCode(code)]))).toBe(true);
    },
  );

  it.each(['23505', '22012', '42P01', 'LIMITS.UNKNOWN_LIMIT'])('%s is the work itself', (code) => {
    expect(isInfrastructureError(withCode(code))).toBe(false);
  });

  it('knows the client’s errors that have no code', () => {
    expect(isInfrastructureError(new Error('Connection terminated unexpectedly'))).toBe(true);
    expect(isInfrastructureError(new Error('some bug'))).toBe(false);
    expect(isInfrastructureError(undefined)).toBe(false);
  });

  it('repeats only conflicts', () => {
    expect(isTransientConflict({ driverError: withCode('40001') })).toBe(true);
    expect(isTransientConflict(withCode('08006'))).toBe(false);
    expect(sqlState(new Error('x', { cause: withCode('23505') }))).toBe('23505');
    expect(sqlState(withCode('EPIPE'))).toBeUndefined();
  });
});

describe('instants', () => {
  it.each([
    ['2020-01-02 21:00:00+00', '2020-01-02T21:00:00.000Z'],
    ['2020-01-02 21:00:00.5+00', '2020-01-02T21:00:00.500Z'],
    ['2020-01-02 21:00:00.123456+00', '2020-01-02T21:00:00.123456Z'],
    ['infinity', 'infinity'],
  ])('%s is read as %s', (text, instant) => {
    expect(parseInstant(text)).toBe(instant);
  });
});

describe('SQL made here', () => {
  it('refuses names that are not plain, and quotes texts', () => {
    expect(() => identifier('a"; DROP TABLE b')).toThrow('no plain lower-case SQL name');
    expect(literal("it's")).toBe("'it''s'");
  });

  it('writes a COPY cell', () => {
    expect([null, undefined, 'a\tb', 1.5, true, { a: 1 }].map(toCopyText)).toEqual([
      '\\N',
      '\\N',
      'a\\tb',
      '1.5',
      'true',
      '{"a":1}',
    ]);
  });

  it('asks for the latest revision known at a moment', () => {
    expect(asOfQuery({ table: 'bar', key: ['instrument_id'], knownAtParameter: '$1' })).toBe(
      'SELECT DISTINCT ON ("instrument_id", "valid_time") * FROM "bar" WHERE "known_at" <= $1 ' +
        'ORDER BY "instrument_id", "valid_time", "revision" DESC, "known_at" DESC',
    );
  });

  const series = {
    table: 'tick',
    columns: { instrument_id: 'text NOT NULL', time: 'timestamptz NOT NULL' },
    timeColumn: 'time',
    chunk: '1 day',
    uniqueKey: ['instrument_id', 'time'],
    compress: { after: '7 days', segmentBy: ['instrument_id'] },
  };

  it('makes a compressed hypertable where TimescaleDB is, and partitions where it is not', () => {
    const context = { schema: 'utilization', appRole: 'utilization_app' };
    const hypertable = createSeriesTable({ ...context, timescale: true }, series).join(';\n');
    expect(hypertable).toContain(
      `public.create_hypertable('tick', 'time', chunk_time_interval => INTERVAL '1 day', create_default_indexes => false)`,
    );
    expect(hypertable).toContain(`public.add_compression_policy('tick', INTERVAL '7 days')`);
    expect(hypertable).not.toContain('PARTITION BY');
    const native = createSeriesTable({ ...context, timescale: false }, series).join(';\n');
    expect(native).toContain('PARTITION BY RANGE ("time")');
    expect(native).not.toContain('hypertable(');
  });

  it('refuses a unique key without the time column, a chunk it cannot read, and a nullable time', () => {
    const context = { schema: 'x', appRole: 'x_app', timescale: false };
    for (const wrong of [
      { uniqueKey: ['instrument_id'] },
      { chunk: 'a while' },
      { columns: { ...series.columns, time: 'timestamptz' } },
    ]) {
      expect(() => createSeriesTable(context, { ...series, ...wrong })).toThrow(
        expect.objectContaining({ code: 'PERSISTENCE.BAD_DEFINITION' }),
      );
    }
  });
});

describe('a SCRAM verifier', () => {
  it('matches its own password only', () => {
    const verifier = scramVerifier('secret');
    expect(verifierMatches(verifier, 'secret')).toBe(true);
    expect(verifierMatches(verifier, 'other')).toBe(false);
    expect(verifierMatches(null, 'secret')).toBe(false);
  });
});
