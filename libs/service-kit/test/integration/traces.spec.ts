import { alertRaised } from '@risk-budget/contracts';
import { createDriver, createUpstreamPublisher, readEvents } from '@risk-budget/messaging';
import {
  startOtlpReceiver,
  startTestService,
  type OtlpReceiver,
  type ReceivedSpan,
} from '@risk-budget/service-kit/testing';
import { alert, Probe, sampleService } from '../sample/sample.service.js';
import { until } from '../../src/testing/until.js';

const occurredAt = '2020-03-09T21:00:00.000Z';
const event = (key: string, trace: object = {}) => ({ occurredAt, data: alert(key, occurredAt), ...trace });

/** Publishes, waits for the last events, stops the service, and gives what the collector got and what the topic holds. */
async function run(
  endpoint: string | undefined,
  published: ReturnType<typeof event>[],
  last: string[],
): Promise<(string | undefined)[]> {
  const handle = await startTestService(sampleService, {
    config: endpoint === undefined ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
  });
  const driver = createDriver(handle.messagingUrl);
  await createUpstreamPublisher({ driver, source: 'test' }).publishMany(alertRaised, published);
  const { received } = handle.service.get(Probe);
  await until(() => last.every((key) => received.includes(key)));
  const traceIds = [];
  for await (const { traceparent } of readEvents(driver, alertRaised)) traceIds.push(traceparent?.slice(3));
  await driver.close();
  await handle.stop();
  return traceIds;
}

describe('traces', () => {
  let collector: OtlpReceiver;

  beforeEach(async () => {
    collector = await startOtlpReceiver();
  });
  afterEach(() => collector.close());

  /** Names from a span up to the root of its trace. */
  function upwards(span: ReceivedSpan | undefined): string[] {
    if (span === undefined) return [];
    const parent = collector.spans.find(({ spanId }) => spanId === span.parentSpanId);
    return [span.name, ...upwards(parent)];
  }

  it('reach a collector as one, from an event that began none through all that follow from it', async () => {
    await run(collector.url, [event('HOP-2')], ['HOP-0']);
    const processed = collector.spans.filter(({ name }) => name === 'process utilization.alerts');
    expect(processed).toHaveLength(3);
    expect(new Set(processed.map(({ traceId }) => traceId)).size).toBe(1);
    const [process, publish] = ['process utilization.alerts', `publish ${alertRaised.type}`];
    const longest = processed.map(upwards).sort((a, b) => b.length - a.length)[0];
    expect(longest).toEqual([process, publish, process, publish, process]);
    expect(collector.spans[0]?.service).toBe('risk-budget-sample');
  });

  it('go on from the one that an event came with, apart for events of one batch', async () => {
    const [left, right] = ['1a'.repeat(16), '2b'.repeat(16)];
    await run(
      collector.url,
      [
        event('HOP-1-left', { traceparent: `00-${left}-${'3c'.repeat(8)}-01` }),
        event('HOP-1-right', { traceparent: `00-${right}-${'4d'.repeat(8)}-01` }),
      ],
      ['HOP-0-left', 'HOP-0-right'],
    );
    for (const id of [left, right]) {
      const names = collector.spans.filter(({ traceId }) => traceId === id).map(({ name }) => name);
      expect(names.filter((name) => name.startsWith('process'))).toHaveLength(2);
      expect(names.filter((name) => name.startsWith('publish'))).toHaveLength(1);
    }
  });

  it('pass through a service without a collector still sampled, and none is begun there', async () => {
    const id = '5e'.repeat(16);
    const traced = { traceparent: `00-${id}-${'6f'.repeat(8)}-01` };
    const contexts = await run(
      undefined,
      [event('HOP-1-plain'), event('HOP-1-traced', traced)],
      ['HOP-0-plain', 'HOP-0-traced'],
    );
    expect(contexts.filter((context) => context === undefined)).toHaveLength(2);
    expect(contexts.filter((context) => context?.startsWith(id) === true && context.endsWith('-01'))).toHaveLength(2);
  });
});
