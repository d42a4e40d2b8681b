import { serviceNames } from '../services.js';
import { SettingsError } from '../settings-error.js';
import { readSettings } from './settings.js';

const passwords = Object.fromEntries(
  serviceNames.flatMap((name) =>
    ['OWNER', 'APP'].map((role) => [`${name.toUpperCase()}_${role}_PASSWORD`, 'x'.repeat(12)]),
  ),
);
const environment = { DATABASE_ADMIN_URL: 'postgresql://admin:secret@127.0.0.1:5432/risk_budget', ...passwords };

function refusal(args: string[], variables: NodeJS.ProcessEnv = environment): string {
  try {
    readSettings(args, variables);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  throw new Error('not refused');
}

describe('settings of npm run db:provision', () => {
  it('are for every service, and require TimescaleDB, unless they say otherwise', () => {
    expect(readSettings([], environment)).toMatchObject({
      services: serviceNames.map((name) => ({ name })),
      bus: undefined,
      timescale: 'required',
      planOnly: false,
    });
    const chosen = ['--plan', '--services', 'limits', '--timescale', 'off'];
    expect(readSettings(chosen, environment)).toMatchObject({
      services: [{ name: 'limits', ownerPassword: 'x'.repeat(12) }],
      timescale: 'off',
      planOnly: true,
    });
    expect(readSettings(['--help'], {})).toBeUndefined();
  });

  it('name everything that is wrong in one message, and no value', () => {
    const text = refusal(['--services', 'limits,payroll', '--bus'], { LIMITS_APP_PASSWORD: 'short' });
    for (const named of [
      'DATABASE_ADMIN_URL',
      'LIMITS_OWNER_PASSWORD',
      'LIMITS_APP_PASSWORD',
      'BUS_OWNER_PASSWORD',
      'payroll',
    ])
      expect(text).toContain(named);
    expect(text).not.toContain('short');
    expect(refusal(['--timescale', 'maybe'])).toContain('required, auto, off');
    expect(refusal(['--twice'])).toContain('--plan');
  });
});
