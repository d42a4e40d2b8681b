import { topicPath, type TopicDefinition } from '@risk-budget/contracts';
import type { Persistence } from '@risk-budget/persistence';
import type { MessagingDriver } from './driver/driver.js';
import type { MessagingLog, MessagingMetrics } from './metrics.js';
import { pause, Signal } from './util/signal.js';

const GAUGES_MS = 15_000;
const PRUNE_MS = 3_600_000;

/** How long an inbox remembers a message. */
export const INBOX_DAYS = 14;

export interface UpkeepOptions {
  persistence: Persistence;
  driver: MessagingDriver;
  subscription: string;
  topics(): readonly TopicDefinition[];
  metrics: MessagingMetrics;
  log: MessagingLog;
  /** Only one instance of a service prunes. */
  active(): boolean;
}

/** Keeps the gauges true, and forgets what is old: inbox marks after 14 days, and what the log's retention lets go. */
export class Upkeep {
  private readonly signal = new Signal();
  private stopping = false;
  private loop: Promise<void> | undefined;
  private prunedAt = performance.now();

  constructor(private readonly options: UpkeepOptions) {}

  start(): void {
    this.loop ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.signal.raise();
    await this.loop;
  }

  /** Sets the gauges now. */
  async measure(): Promise<void> {
    const { persistence, driver, metrics, subscription } = this.options;
    const [age] = await persistence.query<{ seconds: number }>(
      `SELECT coalesce(extract(epoch FROM clock_timestamp() - min(written_at)), 0)::float8 AS seconds FROM outbox`,
    );
    metrics.oldestUnpublishedSeconds(Math.max(0, age?.seconds ?? 0));
    const counts = await persistence.query<{ kind: string; topic: string; n: number }>(
      `SELECT 'parked' AS kind, topic, count(DISTINCT key) AS n FROM parked_message GROUP BY topic
       UNION ALL SELECT 'sets', topic, count(DISTINCT set_id) FROM inbox_part GROUP BY topic`,
    );
    for (const topic of this.options.topics()) {
      const of = (kind: string): number => counts.find((row) => row.kind === kind && row.topic === topic.name)?.n ?? 0;
      metrics.parkedKeys(topic.name, of('parked'));
      metrics.incompleteSets(topic.name, of('sets'));
      metrics.lag(topic.name, await driver.backlog(topicPath(topic), subscription));
    }
  }

  /** Forgets what is old, now. @returns how many inbox marks and log messages went */
  async prune(): Promise<{ marks: number; messages: number }> {
    let marks = 0;
    for (;;) {
      const gone = await this.options.persistence.query(
        `DELETE FROM inbox WHERE (message_id, source) IN (
           SELECT message_id, source FROM inbox WHERE received_at < clock_timestamp() - $1 * interval '1 day' LIMIT 10000)
         RETURNING 1 AS gone`,
        [INBOX_DAYS],
      );
      marks += gone.length;
      if (gone.length < 10_000) break;
    }
    return { marks, messages: await this.options.driver.prune() };
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      await pause(this.signal, GAUGES_MS, () => this.stopping);
      if (this.stopping) return;
      try {
        await this.measure();
        if (this.options.active() && performance.now() - this.prunedAt > PRUNE_MS) {
          this.prunedAt = performance.now();
          await this.prune();
        }
      } catch (error) {
        this.options.log.warn('upkeep of messaging failed', {
          error: error instanceof Error ? error.message : String(error),
        });
      }
    }
  }
}
