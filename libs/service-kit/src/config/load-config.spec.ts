import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { integer } from './base-config.js';
import { ConfigError, loadConfig } from './load-config.js';

const good = {
  DATABASE_URL: 'postgresql://app:secret@127.0.0.1:5432/db',
  MESSAGING_URL: 'embedded:postgresql://bus:secret@127.0.0.1:5432/db',
  JWT_JWKS: '{"keys":[]}',
  JWT_ISSUER: 'issuer',
};
const own = z.object({
  ESCALATION_MINUTES: integer(1, 1440, 60).meta({ allowed: 'minutes, 1 to 1440', example: '60' }),
});

describe('configuration', () => {
  it('takes texts of the environment and fills in defaults', () => {
    const config = loadConfig(
      'limits',
      { ...good, PORT: '8080', RATE_LIMIT_PER_MINUTE: 'off', TRUST_PROXY: 'true' },
      own,
    );
    expect(config).toMatchObject({
      PORT: 8080,
      RATE_LIMIT_PER_MINUTE: 'off',
      TRUST_PROXY: true,
      CLOCK: 'wall',
      TIMESCALE: 'required',
      ESCALATION_MINUTES: 60,
    });
  });

  it('names every bad variable in one message, each with its problem, what is allowed and an example', () => {
    const input = {
      ...good,
      DATABASE_URL: undefined,
      PORT: '99999',
      CLOCK: 'moon',
      ESCALATION_MINUTES: 'soon',
      RATE_LIMIT_PER_MINUTE: 'never',
    };
    const error = caught(() => loadConfig('limits', input, own));
    expect(error.problems.map((problem) => problem.variable).sort()).toEqual([
      'CLOCK',
      'DATABASE_URL',
      'ESCALATION_MINUTES',
      'PORT',
      'RATE_LIMIT_PER_MINUTE',
    ]);
    expect(error.message).toContain('Configuration of limits: 5 variables are wrong.');
    expect(error.message).toMatch(
      /DATABASE_URL: is missing\n\s+allowed: PostgreSQL URL of the run-time role\n\s+example: DATABASE_URL=postgresql/,
    );
    expect(error.message).toMatch(/PORT: .*\n\s+allowed: whole number, 0 to 65535\n\s+example: PORT=3000/);
    expect(error.message).toContain('allowed: wall or replay');
    expect(error.message).toContain('allowed: minutes, 1 to 1440');
  });

  it('never prints a value', () => {
    const error = caught(() =>
      loadConfig('limits', { ...good, DATABASE_URL: 'mysql://app:hunter2@host/db', PORT: 'x' }),
    );
    expect(error.message).not.toContain('hunter2');
  });

  it('hints at a misspelt name', () => {
    const error = caught(() => loadConfig('limits', { ...good, JWT_ISSUER: undefined, JWT_ISUER: 'issuer' }));
    expect(error.message).toContain('JWT_ISUER: is unknown; is JWT_ISSUER meant?');
    const hints: string[] = [];
    loadConfig('limits', { ...good, LOG_LEVLE: 'debug', HOME: '/root', PATH: '/bin' }, undefined, (hint) =>
      hints.push(hint),
    );
    expect(hints).toEqual(['LOG_LEVLE is unknown; is LOG_LEVEL meant?']);
  });

  it('treats an empty text as absent', () => {
    expect(loadConfig('limits', { ...good, PORT: '' }).PORT).toBe(3000);
  });

  describe('of secrets in files', () => {
    const folder = mkdtempSync(join(tmpdir(), 'risk-budget-config-'));
    const file = join(folder, 'database');
    writeFileSync(file, 'postgresql://app:from-a-file@127.0.0.1:5432/db\n');
    afterAll(() => rmSync(folder, { recursive: true }));

    const { DATABASE_URL, ...rest } = good;

    it('takes what the file holds, without its line end', () => {
      const config = loadConfig('limits', { ...rest, DATABASE_URL_FILE: file });
      expect(config.DATABASE_URL).toBe('postgresql://app:from-a-file@127.0.0.1:5432/db');
    });

    it('leaves a file alone that is a variable of its own, for it is read again later', () => {
      const config = loadConfig('limits', { ...good, MESSAGING_TOKEN_FILE: '/not/there' });
      expect(config).toMatchObject({ MESSAGING_TOKEN_FILE: '/not/there' });
      expect(config.MESSAGING_TOKEN).toBeUndefined();
    });

    it('names a file that cannot be read, and one beside the value itself, and neither the content nor the missing value', () => {
      const problem = (input: Record<string, string>): string => caught(() => loadConfig('limits', input)).message;
      const unreadable = problem({ ...rest, DATABASE_URL_FILE: join(folder, 'none') });
      expect(unreadable).toContain('1 variable is wrong');
      expect(unreadable).toContain('DATABASE_URL_FILE: names a file that cannot be read');
      const both = problem({ ...rest, DATABASE_URL, DATABASE_URL_FILE: file });
      expect(both).toContain('DATABASE_URL_FILE: is set beside DATABASE_URL');
      expect(both).not.toContain('from-a-file');
    });
  });
});

function caught(work: () => unknown): ConfigError {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
