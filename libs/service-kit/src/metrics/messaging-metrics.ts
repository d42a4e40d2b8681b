import type { MessagingMetrics } from '@risk-budget/messaging';
import type { Metrics } from './metrics.js';

/** Feeds what messaging counts into a service's metrics, and keeps the last lag of each topic for the readiness. */
export function messagingMetrics(metrics: Metrics): {
  metrics: MessagingMetrics;
  lagOf: () => ReadonlyMap<string, number>;
} {
  const lags = new Map<string, number>();
  const published = metrics.counter('risk_budget_messages_published_total', 'Messages published', ['topic']);
  const applied = metrics.counter('risk_budget_events_applied_total', 'Events that a handler applied', ['topic']);
  const delay = metrics.histogram(
    'risk_budget_event_delay_seconds',
    'Time from the publication of an event to the commit of its handling',
    ['topic'],
  );
  const skipped = metrics.counter('risk_budget_messages_skipped_total', 'Messages that needed no handling', [
    'topic',
    'reason',
  ]);
  const failed = metrics.counter('risk_budget_message_failures_total', 'Tries that failed', ['topic', 'kind']);
  const parked = metrics.counter('risk_budget_messages_parked_total', 'Messages parked', ['topic']);
  const dead = metrics.counter('risk_budget_messages_dead_lettered_total', 'Messages that cannot be read', ['topic']);
  const lag = metrics.gauge('risk_budget_consumer_lag_messages', 'Messages that this service has not settled', [
    'topic',
  ]);
  const outboxAge = metrics.gauge('risk_budget_outbox_oldest_seconds', 'Age of the oldest event that is not published');
  const parkedKeys = metrics.gauge('risk_budget_parked_keys', 'Keys that are parked', ['topic']);
  const incomplete = metrics.gauge('risk_budget_incomplete_sets', 'Sets of parts that are not whole', ['topic']);
  const counting: MessagingMetrics = {
    published: (topic, count) => published.inc({ topic }, count),
    applied: (topic, count, seconds) => {
      applied.inc({ topic }, count);
      delay.observe({ topic }, seconds);
    },
    skipped: (topic, count, reason) => skipped.inc({ topic, reason }, count),
    failed: (topic, kind) => failed.inc({ topic, kind }),
    parked: (topic, count) => parked.inc({ topic }, count),
    deadLettered: (topic, count) => dead.inc({ topic }, count),
    lag: (topic, messages) => {
      lag.set({ topic }, messages);
      lags.set(topic, messages);
    },
    oldestUnpublishedSeconds: (seconds) => outboxAge.set(seconds),
    parkedKeys: (topic, keys) => parkedKeys.set({ topic }, keys),
    incompleteSets: (topic, sets) => incomplete.set({ topic }, sets),
  };
  return { metrics: counting, lagOf: () => lags };
}
