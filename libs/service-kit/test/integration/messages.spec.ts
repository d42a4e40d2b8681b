import { InMemorySpanExporter } from '@opentelemetry/sdk-trace';
import { alertRaised, limitDefined, tickPublished, topics, type LimitDefinition } from '@risk-budget/contracts';
import {
  createDriver,
  createUpstreamPublisher,
  Messaging,
  type MessagingDriver,
  readEvents,
  type NumberedPublisher,
} from '@risk-budget/messaging';
import { Persistence } from '@risk-budget/persistence';
import { startTestService, type TestServiceHandle } from '@risk-budget/service-kit/testing';
import { alert, Probe, sampleService } from '../sample/sample.service.js';
import { until } from '../../src/testing/until.js';

const asOf = '2020-03-09T21:00:00.000Z';

describe('messages', () => {
  let handle: TestServiceHandle;
  let driver: MessagingDriver;
  let upstream: NumberedPublisher;
  let operator: string;
  const spans = new InMemorySpanExporter();

  beforeAll(async () => {
    handle = await startTestService(sampleService, { dependencies: { spanExporter: spans } });
    driver = createDriver(handle.messagingUrl);
    upstream = createUpstreamPublisher({ driver, source: 'test' });
    operator = await handle.bearer({ subject: 'olga', roles: ['operator'] });
  });

  afterAll(async () => {
    await driver?.close();
    await handle?.stop();
  });

  async function call(
    method: string,
    path: string,
    options: { as?: string; body?: unknown; key?: string } = {},
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await fetch(`${handle.service.url}${path}`, {
      method,
      headers: {
        authorization: options.as ?? operator,
        ...(options.key === undefined ? {} : { 'idempotency-key': options.key }),
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  it('carry the trace of the request that caused them to the handler of another service', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const token = await handle.bearer({ subject: 'anna', roles: ['riskManager'] });
    const response = await fetch(`${handle.service.url}/v1/notes`, {
      method: 'POST',
      headers: {
        authorization: token,
        'content-type': 'application/json',
        'idempotency-key': 'trace',
        traceparent: `00-${traceId}-b7ad6b7169203331-01`,
      },
      body: JSON.stringify({ id: 'traced', portfolioId: 'TRACED', text: 'x' }),
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('traceparent')).toContain(traceId);
    await until(() => handle.service.get(Probe).received.includes('TRACED'));
    const of = (name: string) =>
      spans.getFinishedSpans().find((span) => span.name === name && span.spanContext().traceId === traceId);
    await until(() => of('POST /v1/notes') !== undefined && of(`process ${topics.alerts.name}`) !== undefined);
    const seen = (): Promise<{ traceparent: string }[]> =>
      handle.service
        .get(Persistence)
        .query<{ traceparent: string }>(`SELECT traceparent FROM seen WHERE key = 'TRACED'`);
    await until(async () => (await seen())[0]?.traceparent.includes(traceId) === true);
  });

  it('that a handler refuses are parked; operators see, replay and discard them, on record', async () => {
    await upstream.publish(alertRaised, { occurredAt: asOf, data: alert('REFUSED', asOf) });
    await upstream.publish(alertRaised, { occurredAt: asOf, data: alert('FINE', asOf) });
    await until(() => handle.service.get(Probe).received.includes('FINE'));
    const list = async (as = operator): Promise<Record<string, unknown>[]> =>
      (await call('GET', '/v1/messaging/parked-keys', { as })).body['items'] as Record<string, unknown>[];
    await until(async () => (await list()).length === 1, 40_000);
    const [parked] = await list();
    expect(parked).toMatchObject({
      topic: topics.alerts.name,
      key: 'REFUSED',
      messages: 1,
      error: expect.stringContaining('refused on purpose'),
    });
    const id = String(parked?.['id']);

    const limited = await handle.bearer({ subject: 'oscar', roles: ['operator'], portfolios: ['P1'] });
    expect(await list(limited)).toEqual([]);
    expect((await call('GET', `/v1/messaging/parked-keys/${id}/messages`, { as: limited })).status).toBe(404);
    expect(
      (
        await call('GET', '/v1/messaging/parked-keys', {
          as: await handle.bearer({ subject: 'vera', roles: ['viewer'] }),
        })
      ).status,
    ).toBe(403);

    const messages = (await call('GET', `/v1/messaging/parked-keys/${id}/messages`)).body['items'] as { id: string }[];
    expect(messages).toHaveLength(1);
    const replayed = await call('POST', `/v1/messaging/parked-keys/${id}/replay`);
    expect(replayed).toMatchObject({
      status: 200,
      body: { replayed: 0, remaining: 1, failed: { error: expect.stringContaining('refused') } },
    });
    const messageId = String(messages[0]?.id);
    expect((await call('POST', `/v1/messaging/parked-messages/${messageId}/discard`, { body: {} })).status).toBe(400);
    expect(
      (await call('POST', `/v1/messaging/parked-messages/${messageId}/discard`, { body: { reason: 'a test' } })).status,
    ).toBe(200);
    expect((await call('POST', `/v1/messaging/parked-keys/${id}/replay`)).body).toMatchObject({
      code: 'MESSAGING.NOT_PARKED',
    });
    expect(await list()).toEqual([]);
    const audit = (await call('GET', '/v1/audit/service')).body['items'] as { action: string }[];
    expect(audit.map(({ action }) => action)).toEqual([
      'messaging.parked-key-replayed',
      'messaging.parked-message-discarded',
    ]);
  }, 90_000);

  it('go to no topic that the service is not declared to publish', async () => {
    const { outbox } = handle.service.get(Messaging);
    const tick = { occurredAt: asOf, data: { instrumentId: 'AAPL', time: asOf, price: '70' } };
    const written = handle.service.get(Persistence).transaction((tx) => outbox.emit(tx, tickPublished, tick));
    await expect(written).rejects.toMatchObject({ code: 'MESSAGING.TOPIC_NOT_OURS' });
  });

  it('that cannot be read are dead letters', async () => {
    await driver.publish([
      { topic: 'events/utilization.alerts', key: 'X', orderingKey: 'X', payload: '{"not":"an envelope"}' },
    ]);
    await until(
      async () => ((await call('GET', '/v1/messaging/dead-letters')).body['items'] as unknown[]).length === 1,
    );
    const [letter] = (await call('GET', '/v1/messaging/dead-letters')).body['items'] as { id: string }[];
    expect(await call('POST', `/v1/messaging/dead-letters/${letter?.id}/replay`)).toMatchObject({
      status: 409,
      body: { code: 'MESSAGING.STILL_UNREADABLE' },
    });
    expect(
      (await call('POST', `/v1/messaging/dead-letters/${letter?.id}/discard`, { body: { reason: 'rubbish' } })).status,
    ).toBe(200);
    expect((await call('POST', '/v1/messaging/dead-letters/999/replay')).status).toBe(404);
  });

  it('are published again, as they were, for state topics', async () => {
    expect(
      await call('POST', '/v1/messaging/republish', { key: 'r1', body: { topic: topics.alerts.name } }),
    ).toMatchObject({ status: 409, body: { code: 'NOT_REPUBLISHABLE' } });
    expect(
      await call('POST', '/v1/messaging/republish', { key: 'r2', body: { topic: topics.budgets.name } }),
    ).toMatchObject({ status: 404, body: { code: 'MESSAGING.UNKNOWN_TOPIC' } });
    const again = await startTestService({
      ...sampleService,
      topics: { consumes: [], publishes: [topics.limits] },
    });
    const log = createDriver(again.messagingUrl);
    try {
      const { outbox } = again.service.get(Messaging);
      for (const version of [1, 2]) {
        await again.service
          .get(Persistence)
          .transaction((tx) => outbox.emit(tx, limitDefined, { occurredAt: asOf, data: limit('L1', version) }));
      }
      const authorization = await again.bearer({ subject: 'olga', roles: ['operator'] });
      const ask = async (path: string, init: RequestInit = {}): Promise<{ status: number; body: JobBody }> => {
        const headers = { authorization, 'content-type': 'application/json', 'idempotency-key': 'r3' };
        const response = await fetch(`${again.service.url}${path}`, { ...init, headers });
        return { status: response.status, body: (await response.json()) as JobBody };
      };
      const body = JSON.stringify({ topic: topics.limits.name });
      const job = await ask('/v1/messaging/republish', { method: 'POST', body });
      expect(job.status).toBe(202);
      await until(async () => (await ask(`/v1/jobs/${job.body.id}`)).body.state === 'succeeded');
      expect((await ask(`/v1/jobs/${job.body.id}`)).body.result).toEqual({ events: 1 });
      const told = [];
      for await (const event of readEvents(log, limitDefined)) told.push(event);
      expect(told.map(({ data }) => data.version)).toEqual([1, 2, 2]);
      expect(told[2]).toEqual(told[1]);
    } finally {
      await log.close();
      await again.stop();
    }
  });
});

interface JobBody {
  readonly id: string;
  readonly state: string;
  readonly result: unknown;
}

function limit(limitId: string, version: number): LimitDefinition {
  return {
    ...{ limitId, portfolioId: 'P1', name: 'a limit', measure: 'volatility', scope: { level: 'portfolio' } },
    ...{ direction: 'upper', bound: { kind: 'absolute', value: 0.2 }, severity: 'hard', hysteresis: 0 },
    ...{ effectiveFrom: asOf, version, status: 'active', proposedBy: 'anna', approvedBy: 'bert' },
  };
}
