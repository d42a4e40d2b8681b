import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import type { Persistence } from '@risk-budget/persistence';
import { collectDefaultMetrics } from 'prom-client';
import type { Metrics } from './metrics.js';

interface PoolFigures {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

/** Metrics of the process and of its event loop. @returns how to end the measuring */
export function measureProcess(metrics: Metrics): () => void {
  collectDefaultMetrics({ register: metrics.registry, prefix: 'risk_budget_' });
  const delay: IntervalHistogram = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  metrics.observedGauge(
    'risk_budget_event_loop_delay_p99_seconds',
    'Delay of the event loop since the last scrape, 99th percentile',
    () => {
      const seconds = delay.percentile(99) / 1e9;
      delay.reset();
      return Number.isFinite(seconds) ? seconds : 0;
    },
  );
  return () => delay.disable();
}

/** Use of the connection pool. */
export function measurePool(metrics: Metrics, persistence: Persistence): void {
  const figures = (): PoolFigures | undefined => (persistence.dataSource.driver as { master?: PoolFigures }).master;
  metrics.observedGauge(
    'risk_budget_database_connections',
    'Connections of the pool',
    () => figures()?.totalCount ?? 0,
  );
  metrics.observedGauge(
    'risk_budget_database_connections_idle',
    'Connections of the pool that are idle',
    () => figures()?.idleCount ?? 0,
  );
  metrics.observedGauge(
    'risk_budget_database_waiting',
    'Callers that wait for a connection',
    () => figures()?.waitingCount ?? 0,
  );
}
