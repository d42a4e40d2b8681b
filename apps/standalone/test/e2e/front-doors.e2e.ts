import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshFetch } from './fresh-fetch.js';
import { StandaloneProcess, userEnvironment } from './standalone-process.js';

const root = join(import.meta.dirname, '..', '..', '..', '..');

function npm(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: root, encoding: 'utf8', env: userEnvironment() });
  return { status, output: stdout + stderr };
}

/** Command lines of what a standalone consists of: by its data folder, or by the port in a service's environment. */
function processesOf({ dataDir, portBase }: { dataDir: string; portBase: number }): string[] {
  const ports = Array.from({ length: 9 }, (_, index) => portBase + 1 + index);
  const port = new RegExp(`^PORT=(${ports.join('|')})$`, 'm');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const [command, environment] = ['cmdline', 'environ'].map((file) =>
          readFileSync(`/proc/${pid}/${file}`, 'utf8').replaceAll('\0', file === 'cmdline' ? ' ' : '\n'),
        );
        return command?.includes(dataDir) === true || port.test(environment ?? '') ? [command ?? ''] : [];
      } catch {
        return []; // it has ended since
      }
    });
}

async function until(question: () => boolean, what: string, seconds = 60): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !question();) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Of each role one at least, in the order in which they are printed. */
const people = ['VIEWER', 'RISK_MANAGER', 'SECOND_RISK_MANAGER', 'APPROVER', 'OPERATOR', 'INCOME_VIEWER'];

/** Each under the name of its person. */
function printedTokens(output: string): string[] {
  const list = output.slice(output.indexOf('Tokens (Authorization: Bearer …)'));
  return [...list.matchAll(/^ {2}[A-Z]\w+, \S.*\n {4}(\S+)$/gm)].map(([, token = '']) => token);
}

describe('the commands of the README', () => {
  it.each([
    [['start', '--', '--help'], /--port-base N/],
    [['run', 'start:processes', '--', '--help'], /--port-base N/],
    [['run', 'start:pulsar', '--', '--help'], /--port-base N/],
    [['run', 'db:provision', '--', '--help'], /DATABASE_ADMIN_URL/],
    [['run', 'pulsar:provision', '--', '--help'], /PULSAR_ADMIN_URL/],
  ])('npm %j takes its options', (args, said) => {
    expect(npm(...args)).toMatchObject({ status: 0, output: expect.stringMatching(said) });
  });

  it('end non-zero when what they start does', () => {
    expect(npm('start', '--', '--twice')).toMatchObject({
      status: 2,
      output: expect.stringMatching(/--twice[^]*--port-base N/),
    });
    expect(npm('run', 'db:provision', '--', '--services', 'payroll')).toMatchObject({
      status: 2,
      output: expect.stringMatching(/does not know payroll/),
    });
  });

  it('are those that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
    const written = ['README.md', 'CONTRIBUTING.md', ...readdirSync(join(root, 'docs')).map((page) => `docs/${page}`)]
      .filter((file) => file.endsWith('.md'))
      .flatMap((file) => [
        ...readFileSync(join(root, file), 'utf8').matchAll(/npm (?:run ([\w:.-]+)(?! -w)|(start|test))\b(?! -w)/g),
      ])
      .map((match) => match[1] ?? match[2] ?? '')
      .filter((name) => !['bench', 'schemas'].includes(name));
    expect(written).toContain('start:processes');
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining([...new Set(written)]));
  });

  it.each(['npm start', 'npm run start:processes'] as const)(
    '%s -- --empty serves, and Ctrl-C leaves nothing running',
    async (entry) => {
      const run = await StandaloneProcess.start(['--empty'], { entry });
      const access = await run.access();
      for (const service of ['FORECASTING', 'ALLOCATION', 'UTILIZATION', 'LIMITS', 'STRESS', 'ATTRIBUTION'])
        expect((await freshFetch(`${access[`${service}_MANAGEMENT_URL`] ?? ''}/health/ready`)).status).toBe(200);
      await run.saying(/Up\. Ctrl-C ends\./);
      expect(printedTokens(run.output)).toEqual(people.map((key) => access[`TOKEN_${key}`]));
      expect(run.output).toContain(`source ${join(run.dataDir, 'access.env')}`);
      run.kill('SIGINT');
      await run.ended;
      expect(run.output).toMatch(/Stopping/);
      await until(() => processesOf(run).length === 0, 'everything has ended');
      await run.remove();
    },
  );
});

describe('a standalone', () => {
  it.each(['main', 'processes'] as const)('as %s leaves nothing running when its terminal is closed', async (entry) => {
    const run = await StandaloneProcess.start(['--empty'], { entry });
    await run.saying(/Up\. Ctrl-C ends\./);
    expect(processesOf(run).length).toBeGreaterThanOrEqual(entry === 'main' ? 2 : 6);
    run.kill('SIGHUP');
    expect(await run.ended).toMatchObject({ code: 0 });
    expect(processesOf(run)).toEqual([]);
    await run.remove();
  });

  it.each(['main', 'processes'] as const)(
    'as %s starts again on the same data after it was killed, whatever it left',
    async (entry) => {
      let run = await StandaloneProcess.start(['--empty'], { entry });
      const { dataDir, portBase } = run;
      await run.saying(/Up\. Ctrl-C ends\./);
      const before = await run.access();
      run.killAlone('SIGKILL');
      await run.ended;
      // Services of their own processes notice and end; the database server goes on until the next start.
      await until(
        () => processesOf({ dataDir, portBase }).every((command) => command.includes('postgres')),
        'the services have ended',
      );
      run = await StandaloneProcess.start(['--empty'], { entry, dataDir, portBase });
      await run.saying(/Up\. Ctrl-C ends\./);
      const headers = { authorization: `Bearer ${before['TOKEN_VIEWER'] ?? ''}` };
      expect((await freshFetch(`${before['LIMITS_URL'] ?? ''}/v1/limits`, { headers })).status).toBe(200);
      run.kill('SIGINT');
      expect(await run.ended).toMatchObject({ code: 0 });
      expect(processesOf({ dataDir, portBase })).toEqual([]);
      await run.remove();
    },
  );

  it('gives one of two that start on the same data in the same moment a clear error', async () => {
    const first = await StandaloneProcess.start(['--empty']);
    const second = await StandaloneProcess.start(['--empty'], { dataDir: first.dataDir });
    const loser = await Promise.race([first.ended, second.ended]);
    expect(loser).toMatchObject({ code: 1, output: expect.stringMatching(/is in use by process \d+; stop it/) });
    const winner = first.output.includes('is in use') ? second : first;
    await winner.saying(/Up\. Ctrl-C ends\./);
    winner.kill('SIGINT');
    expect(await winner.ended).toMatchObject({ code: 0 });
    await winner.remove();
  });

  it('says in one message what is wrong with a variable that it passes to its services', async () => {
    const run = await StandaloneProcess.start(['--empty'], { environment: { LOG_LEVEL: 'loud' } });
    const { code, output } = await run.ended;
    expect(code).toBe(1);
    expect(output).toMatch(/LOG_LEVEL[^]*allowed: fatal, error/);
    expect(output).not.toMatch(/^\s+at /m);
    expect(processesOf(run)).toEqual([]);
    await run.remove();
    expect(existsSync(run.dataDir)).toBe(false);
  });
});
