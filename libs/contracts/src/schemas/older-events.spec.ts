import { readFileSync } from 'node:fs';
import { eventCatalogue } from '../catalogue.js';
import { envelope } from '../envelope.js';

/** Events as the version that closed the main job published them: recorded, without the fields that its schemas did not know. */
const { events } = JSON.parse(
  readFileSync(new URL('../../fixtures/events-2026-11-22.json', import.meta.url), 'utf8'),
) as { events: { type: string; data: unknown }[] };

describe('events of 2026-11-22', () => {
  it('are of every type that there was', () => {
    expect([...new Set(events.map(({ type }) => type))].sort()).toEqual(
      [
        'benchmark.stated.v1',
        'bars.published.v1',
        'budget-plan.changed.v1',
        'clock.advanced.v1',
        'corporate-action.announced.v1',
        'fx-rate.published.v1',
        'instrument.defined.v1',
        'limit-breach.changed.v1',
        'limit-notification.sent.v1',
        'limit.defined.v1',
        'limit.wanted.v1',
        'platform.audit-anchored.v1',
        'platform.clock-reached.v1',
        'platform.service-status.v1',
        'portfolio.defined.v1',
        'positions.changed.v1',
        'positions.stated.v1',
        'rebalancing.wanted.v1',
        'risk-model.published.v1',
        'tick.published.v1',
        'utilization.alert-raised.v1',
        'utilization.snapshot-taken.v1',
      ].sort(),
    );
  });

  it.each(events.map((event, index) => [`${index} ${event.type}`, event] as const))(
    '%s is read whole by today’s schema',
    (_, event) => {
      const head = envelope.parse(event);
      const definition = eventCatalogue.find(({ type }) => type === head.type);
      const data: unknown = definition?.schema.parse(head.data);
      expect(data).toMatchObject(event.data as object);
      expect(definition?.key(data)).toBe(head.subject);
    },
  );
});
