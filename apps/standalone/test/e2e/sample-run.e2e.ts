import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { breachChanged, snapshotTaken } from '@risk-budget/contracts';
import { createDriver, type MessagingDriver } from '@risk-budget/messaging';
import { brokerOrReason } from '@risk-budget/pulsar/testing';
import { createLocalIssuer } from '@risk-budget/service-kit';
import { startOtlpReceiver, type OtlpReceiver } from '@risk-budget/service-kit/testing';
import { verify, type RunRecording } from '@risk-budget/verify-run';
import { datedParts, isDated, withAnotherFuture } from './another-future.js';
import { docsExamples, runExample } from './docs-examples.js';
import { freshFetch } from './fresh-fetch.js';
import { fuzz, pythonTools, validated } from './fuzzer.js';
import { verifiedAgainst, withAnotherPrice } from './other-prices.js';
import { pidOf } from './pid-of.js';
import { corruptions, failedAfter, recordingOf } from './recorded-run.js';
import { refusals } from './refusals.js';
import { RouteBook, routeRefusals } from './route-refusals.js';
import { aheadMigration, prepareAhead } from './schema-ahead.js';
import { StandaloneProcess, temporaryFolder } from './standalone-process.js';
import { discardParked, proposesLimitThatOverlaps, topicRefusals, whenRefused } from './topic-refusals.js';
import { tradeThatBreaches } from './trade-that-breaches.js';
import { workflowRefusals } from './workflow-refusals.js';

/** On the embedded broker where no real one can run. */
const onPulsar = brokerOrReason() === undefined;

const services = ['FORECASTING', 'ALLOCATION', 'UTILIZATION', 'LIMITS', 'STRESS', 'ATTRIBUTION'] as const;

/** The summary without what wall time and chance put in: its last section holds ids and figures of speed. */
function summaryOf(output: string): string {
  const start = output.lastIndexOf('The desk from ');
  const end = output.indexOf('Ids and wall times', start);
  if (start < 0 || end < start) throw new Error(`no summary in:\n${output.slice(-4000)}`);
  return output.slice(start, end);
}

const everyRole = ['viewer', 'riskManager', 'approver', 'operator'] as const;

describe('the sample run', () => {
  let run: StandaloneProcess;
  let summary: string;
  let access: Record<string, string>;
  let collector: OtlpReceiver | undefined;

  beforeAll(async () => {
    const dataDir = await temporaryFolder();
    await prepareAhead(dataDir);
    run = await StandaloneProcess.start([], { dataDir });
    await run.saying(/Up\. Ctrl-C ends\./, 1_400_000);
    summary = summaryOf(run.output);
    const issuer = await createLocalIssuer({ keyFile: join(run.dataDir, 'token-key.json') });
    access = {
      ...(await run.access()),
      TOKEN_EXPIRED: await issuer.mint({ subject: 'vera', roles: ['viewer'], expiresInSeconds: -60 }),
      TOKEN_BOTH: await issuer.mint({ subject: 'bob', roles: ['riskManager', 'approver'] }),
      TOKEN_ALL: await issuer.mint({ subject: 'alma', roles: everyRole }),
      TOKEN_FOREIGN: await issuer.mint({ subject: 'fred', roles: everyRole, portfolios: ['INCOME-SLEEVE'] }),
      TOKEN_NO_ROLE: await issuer.mint({ subject: 'nora', roles: [] }),
      TOKEN_FUZZER: await issuer.mint({ subject: 'fuzzer', roles: ['riskManager', 'approver', 'operator'] }),
    };
  });
  afterAll(async () => {
    await run.remove();
    await collector?.close();
  });

  it('is verified: every figure again from the input files, none missing, none invented', () => {
    expect(run.output).toMatch(
      /^ok {5}breaches opened and resolved: none missing, none invented: \d{2,} agree, 0 do not$/m,
    );
    expect(run.output).toMatch(/^Everything agrees\.$/m);
    // The history came with its progress.
    expect(run.output).toMatch(/^ {2}10 % published$(.|\n)*^ {2}100 % published$/m);
    expect(summary).toMatch(/budgeting accuracy 1\.000000$/m);
  });

  describe('its verification, on the recording of the run', () => {
    let recording: RunRecording;
    let failed: ReadonlyMap<string, readonly string[]>;
    beforeAll(async () => {
      recording = await recordingOf(access);
      failed = failedAfter(recording, corruptions);
    });

    it.each(corruptions)('fails when $what', ({ seenBy, says = /./ }) => {
      expect(failed.get(seenBy)).toContainEqual(expect.stringMatching(says));
    });

    it('ends non-zero, and says where, when the run was made from other files than it is said to be', async () => {
      const folder = await withAnotherPrice();
      const { code, output } = verifiedAgainst(access, folder);
      await rm(folder, { recursive: true });
      expect(output).toMatch(/^FAILED bars on the topic are those of the input files.*: \d+ agree, 1 do not$/m);
      expect(output).toMatch(/The run does not agree with its verification\./);
      expect(code).toBe(1);
    });

    it('finds every number of the days up to 15 May again where all later prices are others, and not where that day’s are', () => {
      const failed = (changedAfter: string): string[] => {
        const { inputs, messages, rest } = withAnotherFuture(recording, { until: '2020-05-15', changedAfter });
        const { checks } = verify(inputs, messages, rest, datedParts);
        return checks.filter(isDated).flatMap((check) => check.failures);
      };
      expect(failed('2020-05-15')).toEqual([]);
      expect(failed('2020-05-14').length).toBeGreaterThan(100);
    });
  });

  it.each(services)('is that of a %s whose schema is one migration ahead of its code', async (service) => {
    const answer = await freshFetch(`${access[`${service}_MANAGEMENT_URL`] ?? ''}/health/ready`);
    expect(await answer.json()).toMatchObject({
      status: 'ready',
      checks: { schema: { state: 'ahead', unknown: [aheadMigration] } },
    });
  });

  describe.each(services)('%s refuses', (service) => {
    it.each(refusals(service))('$name with $status $code', async ({ request, status, code }) => {
      const answer = await request(access);
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect({ status: answer.status, code: ((await answer.json()) as { code: string }).code }).toEqual({
        status,
        code,
      });
    });
  });

  describe.each(services)('every route of %s that its document lists refuses', (service) => {
    let book: RouteBook;
    beforeAll(async () => {
      book = await RouteBook.of(access, service);
    });

    it('and has its line in the table of bodies where it takes one', () => {
      expect(book.routes.length).toBeGreaterThan(30);
      expect(book.withoutBody()).toEqual([]);
    });

    it.each(routeRefusals)('$name', async (refusal) => {
      expect(await book.accepting(refusal)).toEqual([]);
    });
  });

  describe('a workflow refuses, whatever roles somebody has,', () => {
    it.each(workflowRefusals())('$name with $status $code', async ({ request, status, code }) => {
      const answer = await request(access);
      expect({ status: answer.status, code: ((await answer.json()) as { code: string }).code }).toEqual({
        status,
        code,
      });
    });
  });

  describe('the topics refuse', () => {
    let driver: MessagingDriver;
    beforeAll(() => {
      driver = createDriver(access['MESSAGING_URL'] ?? '');
    });
    afterAll(() => driver.close());

    it.each(topicRefusals())('$name: a dead letter of every reader, with the reason', async ({ message, reason }) => {
      await driver.publish([message]);
      for (const service of services) {
        const letter = await whenRefused(access, service, 'dead-letters', (one) => one.key === message.key);
        expect(letter).toMatchObject({ payload: message.payload, reason: expect.stringMatching(reason) as unknown });
      }
    });

    it('a message beyond 256 KiB, which is never taken', async () => {
      const payload = JSON.stringify({ padding: 'x'.repeat(256 * 1024) });
      const path = 'upstream/portfolios';
      await expect(
        driver.publish([{ topic: path, key: 'LARGE', orderingKey: 'LARGE', payload }]),
      ).rejects.toMatchObject({ code: 'MESSAGING.MESSAGE_TOO_LARGE' });
      expect(await driver.last(path, 'LARGE')).toBeUndefined();
    });

    it('a limit that overlaps another: parked with the code that REST would answer with', async () => {
      await proposesLimitThatOverlaps(driver);
      const parked = await whenRefused(access, 'LIMITS', 'parked-keys', (one) => one.topic === 'limit-definitions');
      expect(parked).toMatchObject({ key: 'GLOBAL-CORE', errorCode: 'LIMITS.OVERLAPPING_LIMIT' });
      expect(await discardParked(access, 'LIMITS', String(parked['id']))).toBe(1);
    });
  });

  it.each(docsExamples())('the examples on $page work as they stand', async (example) => {
    expect(await runExample(example, access)).toMatchObject({ code: 0 });
  });

  describe('the OpenAPI document', () => {
    const tools = pythonTools();
    if (tools === undefined) {
      console.warn('SKIPPED: the validator and the fuzzer need Python 3 with venv, which is not here. CI has it.');
    }
    const programs = tools ?? { fuzzer: '', validator: '' };
    (tools === undefined ? describe.skip : describe)('by programs of others', () => {
      it.each(services)('of %s is valid', async (service) => {
        const document = await freshFetch(`${access[`${service}_URL`] ?? ''}/docs/openapi.json`);
        expect(validated(programs, await document.text())).toBe('stdin: OK');
      });

      it.each(services)('lets a fuzzer find nothing in %s', async (service) => {
        const result = await fuzz(programs, `${access[`${service}_URL`] ?? ''}`, access['TOKEN_FUZZER'] ?? '');
        expect(result).toEqual({ code: 0, failures: '' });
      });
    });
  });

  it('survives a restart, and says its summary again without running again', async () => {
    run.kill('SIGINT');
    expect(await run.ended).toMatchObject({ code: 0 });
    collector = await startOtlpReceiver();
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    run = await StandaloneProcess.start([], { dataDir: run.dataDir, environment });
    await run.saying(/Up\. Ctrl-C ends\./);
    expect(run.output).toMatch(/has run on this data already/);
    expect(summaryOf(run.output)).toBe(summary);
  });

  it('shows a collector one trace from a trade upstream to the breach that it causes', async () => {
    const traceId = '7e'.repeat(16);
    const { MESSAGING_URL = '' } = await run.access();
    expect(await tradeThatBreaches(MESSAGING_URL, `00-${traceId}-${'8f'.repeat(8)}-01`)).toBe(traceId);
    run.kill('SIGINT');
    await run.ended;
    const seen = (collector?.spans ?? []).filter((span) => span.traceId === traceId);
    const steps = seen.map(({ service, name }) => `${service}: ${name}`);
    expect(steps).toEqual(
      expect.arrayContaining([
        'risk-budget-utilization: process position-changes',
        `risk-budget-utilization: publish ${snapshotTaken.type}`,
        'risk-budget-limits: process utilization.snapshots',
        `risk-budget-limits: publish ${breachChanged.type}`,
      ]),
    );
  });

  it('gives the same summary byte for byte, verified, with each service a process on a real broker, although one is killed in its middle', async () => {
    const again = await StandaloneProcess.start(['--once'], {
      entry: onPulsar ? 'npm run start:pulsar' : 'npm run start:processes',
    });
    await again.saying(/Replaying 2020-03/, 1_200_000);
    process.kill(pidOf('utilization', again.portBase + 3), 'SIGKILL');
    const { code, output } = await again.ended;
    await again.remove();
    expect(output).toMatch(/utilization ended with SIGKILL: starting it again/);
    if (onPulsar) expect(output).toMatch(/Pulsar ready on ws:/);
    expect({ code, tail: code === 0 ? '' : output.slice(-6000) }).toEqual({ code: 0, tail: '' });
    expect(summaryOf(output)).toBe(summary);
  });
});
