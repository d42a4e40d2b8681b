import { jest } from '@jest/globals';
import { runService } from '@risk-budget/service-kit';
import { startTestService } from '@risk-budget/service-kit/testing';
import { sampleService } from '../sample/sample.service.js';

describe('the process of a service', () => {
  const write = jest.spyOn(process.stderr, 'write');
  const print = jest.spyOn(process.stdout, 'write');

  afterEach(() => {
    process.exitCode = undefined;
    write.mockReset();
    print.mockReset();
  });

  afterAll(() => {
    write.mockRestore();
    print.mockRestore();
  });

  it('ends with 2 when it is misconfigured or told something unknown', async () => {
    write.mockReturnValue(true);
    await runService(sampleService, { arguments: [], environment: {} });
    expect(process.exitCode).toBe(2);
    expect(write.mock.calls.map(([text]) => String(text)).join('')).toContain('Configuration of sample');
    process.exitCode = undefined;
    await runService(sampleService, { arguments: ['serve'], environment: {} });
    expect(process.exitCode).toBe(2);
    process.exitCode = undefined;
    await runService(sampleService, { arguments: ['migrate'], environment: {} });
    expect(process.exitCode).toBe(2);
  });

  it('migrates by its own command, as the owner, and again without doing anything', async () => {
    print.mockReturnValue(true);
    const handle = await startTestService(sampleService, { migrated: false });
    const environment = { DATABASE_OWNER_URL: handle.database.service('sample').ownerUrl, TIMESCALE: 'off' };
    await runService(sampleService, { arguments: ['migrate'], environment });
    await runService(sampleService, { arguments: ['migrate'], environment });
    expect(process.exitCode).toBeUndefined();
    expect(String(print.mock.calls.at(-1)?.[0])).toMatch(/sample: 0 migrations applied, \d+ were there/);
    await handle.stop();
  });
});
