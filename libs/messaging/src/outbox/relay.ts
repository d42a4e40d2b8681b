import { randomUUID } from 'node:crypto';
import type { Persistence } from '@risk-budget/persistence';
import type { MessagingDriver } from '../driver/driver.js';
import type { MessagingLog, MessagingMetrics } from '../metrics.js';
import { Backoff, pause, Signal } from '../util/signal.js';
import type { Trouble } from '../inbox/trouble.js';
import { HandedMessages } from './handed.js';
import type { OutboxMessage } from './outbox.js';
import type { StateMessage } from './published-states.js';

/** The lease lasts this long and is renewed after a third of it: another instance publishes within 8 s of a kill. */
const LEASE_MS = 6_000;
const BATCH = 500;
const BATCH_CHARACTERS = 4_000_000;

/** How soon to look without being woken: right after finding what another instance wrote, later, and while another instance is the relay. */
const BUSY_MS = 10;
const IDLE_MS = 250;
const STANDBY_MS = 1_000;

/** What the log has taken is deleted with the next look, at the latest after this or when there is so much of it. */
const TIDY_MS = 250;
const TIDY_ROWS = 500;

const CLAIM = `
UPDATE relay_lease SET owner = $1, lease_until = clock_timestamp() + $2 * interval '1 millisecond',
       epoch = CASE WHEN owner = $1 THEN epoch ELSE epoch + 1 END
 WHERE name = 'relay' AND (owner IS NULL OR owner = $1 OR lease_until < clock_timestamp())
RETURNING epoch`;

// Deletes what the log took last time and reads on. The characters of the rows before it count, so that one large row
// always fits; `seen` counts the rows before any is left out for that. The lease is asked in the same statement: one who
// lost it reads nothing.
const READ = `
WITH gone AS (DELETE FROM outbox WHERE id = ANY($5::bigint[]))
SELECT id, topic, path, key, message_key AS "messageKey", sequence, payload, seen FROM (
  SELECT o.*, sum(length(payload)) OVER (ORDER BY id) - length(payload) AS before, count(*) OVER () AS seen
    FROM (SELECT * FROM outbox WHERE id <> ALL($5::bigint[]) ORDER BY id LIMIT $1) o) batch
 WHERE before < $2 AND EXISTS (SELECT 1 FROM relay_lease WHERE owner = $3 AND epoch = $4) ORDER BY id`;

/** How often to look for what is published beside the outbox, and how many states at a time. */
const BESIDE_MS = 1_000;
const STATES = 20;

// A key of which something later waits in the outbox is left for the next look: a state must not come after a later one.
const STATES_AGAIN = `
SELECT topic, path, key, message_key AS "messageKey", sequence, payload FROM outbox_state s
 WHERE wanted AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.topic = s.topic AND o.key = s.key AND o.id <> ALL($2::bigint[]))
 ORDER BY topic, key, sequence LIMIT $1`;

type FoundMessage = OutboxMessage & { readonly seen: number };

/** What one look at the outbox came to. */
interface Published {
  found: number;
  /** Whether there may be more to publish already. */
  more: boolean;
}

const nothing: Published = { found: 0, more: false };

export interface RelayOptions {
  service: string;
  persistence: Persistence;
  driver: MessagingDriver;
  metrics: MessagingMetrics;
  log: MessagingLog;
}

/**
 * Publishes what transactions have written, in the order of each key, by one instance of a service at a time. A crash
 * between commit and publish is made good by the next look; one between publish and delete publishes a message twice
 * with the same id, which every inbox drops.
 */
export class Relay {
  private readonly instance = randomUUID();
  private readonly signal = new Signal();
  private readonly backoff = new Backoff();
  private loop: Promise<void> | undefined;
  private stopping = false;
  private epoch: number | undefined;
  /** What the log has taken and the next look deletes. */
  private taken: number[] = [];
  private takenSince = 0;
  private readonly handed = new HandedMessages();
  private renewedAt = -Infinity;
  private current: Trouble | undefined;

  constructor(private readonly options: RelayOptions) {}

  get trouble(): Trouble | undefined {
    return this.current;
  }

  /** Whether this instance publishes for its service at present. */
  get active(): boolean {
    return this.epoch !== undefined;
  }

  start(): void {
    this.loop ??= this.run();
  }

  /** Takes what this process has just committed; none when something was committed that has to be looked for. */
  take(written: readonly OutboxMessage[]): void {
    this.handed.add(written);
    this.signal.raise();
  }

  /** Publishes what is there, if this instance is the relay, and gives the lease up. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.signal.raise();
    await this.loop;
    await this.options.persistence
      .query("UPDATE relay_lease SET owner = NULL, lease_until = '-infinity' WHERE name = 'relay' AND owner = $1", [
        this.instance,
      ])
      .catch(() => undefined); // the lease runs out
  }

  private async run(): Promise<void> {
    let foundUnasked = -Infinity;
    let woken = false;
    for (;;) {
      try {
        const { found, more } = (await this.hold()) ? await this.publishNext() : nothing;
        this.current = undefined;
        this.backoff.reset();
        // Writers of this process wake us; rows found without that are another instance's, and more will follow.
        if (found > 0 && !woken) foundUnasked = performance.now();
        if (more || (this.stopping && found > 0)) {
          woken = true;
          continue;
        }
        if (this.stopping) return;
        const busy = performance.now() - foundUnasked < 1_000;
        const pauseMs = busy ? BUSY_MS : this.taken.length > 0 ? Math.max(this.tidyInMs, 1) : IDLE_MS;
        woken = await this.signal.wait(this.active ? pauseMs : STANDBY_MS);
      } catch (error) {
        if (this.stopping) return;
        this.handed.giveUp();
        this.report(error);
        await pause(this.signal, this.backoff.next(), () => this.stopping);
      }
    }
  }

  /** Holds the lease, or takes it when it is free. */
  private async hold(): Promise<boolean> {
    const now = performance.now();
    if (this.active && now - this.renewedAt < LEASE_MS / 3) return true;
    const [row] = await this.options.persistence.query<{ epoch: number }>(CLAIM, [this.instance, LEASE_MS]);
    if (row !== undefined && row.epoch !== this.epoch)
      this.options.log.info('this instance is the relay', { epoch: row.epoch });
    // Whoever was the relay meanwhile may have published what was handed to this one.
    if (row?.epoch !== this.epoch || row === undefined) this.handed.giveUp();
    this.epoch = row?.epoch;
    this.renewedAt = now;
    return this.active;
  }

  private get tidyInMs(): number {
    return this.takenSince + TIDY_MS - performance.now();
  }

  /** What this process has committed, without reading it back; all that the table holds where that is not to be done or it is time to look. */
  private async publishNext(): Promise<Published> {
    const asked = this.handed.any;
    const handed = this.handed.next();
    if (handed !== undefined && handed.length > 0) await this.publish(handed);
    const due = this.taken.length > TIDY_ROWS || (this.taken.length > 0 && this.tidyInMs <= 0);
    if (asked && handed !== undefined && !due && !this.stopping) return { found: handed.length, more: this.handed.any };
    return this.publishStored();
  }

  private async publishStored(): Promise<Published> {
    const found = await this.options.persistence.query<FoundMessage>(READ, [
      BATCH,
      BATCH_CHARACTERS,
      this.instance,
      this.epoch,
      this.taken,
    ]);
    this.taken = [];
    if (found.length > 0) await this.publish(found);
    const seen = found[0]?.seen ?? 0;
    const beside = await this.publishBeside();
    return { found: found.length + beside, more: seen === BATCH || seen > found.length || beside > 0 };
  }

  private async publish(messages: readonly OutboxMessage[]): Promise<void> {
    await this.options.driver.publish(
      messages.map(({ path, messageKey, key, payload }) => ({
        topic: path,
        key: messageKey,
        orderingKey: key,
        payload,
      })),
    );
    this.handed.note(messages);
    if (this.taken.length === 0) this.takenSince = performance.now();
    for (const { id } of messages) this.taken.push(id);
    for (const [topic, count] of countBy(messages.map(({ topic }) => topic)))
      this.options.metrics.published(topic, count);
  }

  private besideAt = -Infinity;

  /** What is published beside the outbox, and looked for once a second. @returns how many messages */
  private async publishBeside(): Promise<number> {
    const now = performance.now();
    if (now - this.besideAt < BESIDE_MS && !this.stopping) return 0;
    const count = (await this.publishDeadLetters()) + (await this.publishStatesAgain());
    // Where there was something, there may be more.
    this.besideAt = count === 0 ? now : -Infinity;
    return count;
  }

  /**
   * Publishes states again that were asked for. Nobody else publishes for this service, so that a later state cannot have gone out before:
   * it is handed over, or found, after this.
   */
  private async publishStatesAgain(): Promise<number> {
    const { persistence, driver } = this.options;
    const found = await persistence.query<StateMessage>(STATES_AGAIN, [STATES, this.taken]);
    if (found.length === 0) return 0;
    await driver.publish(
      found.map(({ path, messageKey, key, payload }) => ({
        topic: path,
        key: messageKey,
        orderingKey: key,
        payload,
      })),
    );
    await persistence.query(
      `UPDATE outbox_state s SET wanted = false
         FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS v(topic, key, message_key, sequence)
        WHERE s.topic = v.topic AND s.key = v.key AND s.message_key = v.message_key AND s.sequence = v.sequence`,
      [
        found.map(({ topic }) => topic),
        found.map(({ key }) => key),
        found.map(({ messageKey }) => messageKey),
        found.map(({ sequence }) => sequence),
      ],
    );
    return found.length;
  }

  private async publishDeadLetters(): Promise<number> {
    const { persistence, driver, service } = this.options;
    const found = await persistence.query<{
      id: number;
      topic: string;
      key: string;
      reference: string;
      reason: string;
      payload: string;
      received_at: string;
    }>(
      'SELECT id, topic, key, reference, reason, payload, received_at FROM dead_letter WHERE published_at IS NULL ORDER BY id LIMIT 20',
    );
    if (found.length === 0) return 0;
    await driver.publish(
      found.map((row) => ({
        topic: deadLetterTopic(row.topic, service),
        key: row.key,
        orderingKey: row.key,
        payload: toDeadLetter(row, service),
      })),
    );
    await persistence.query('UPDATE dead_letter SET published_at = clock_timestamp() WHERE id = ANY($1::bigint[])', [
      found.map((row) => row.id),
    ]);
    return found.length;
  }

  private report(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    if (this.current === undefined) this.options.log.warn('the relay waits', { error: text });
    this.current ??= { since: new Date().toISOString(), error: text };
  }
}

/** Where a service sends what it cannot read of a topic. */
export function deadLetterTopic(topic: string, service: string): string {
  return `dead-letters/${topic}.${service}`;
}

/** Characters of an unreadable payload that travel on; all of it stays in the service's own table. */
const DEAD_LETTER_CHARACTERS = 40_000;

function toDeadLetter(
  row: { topic: string; reference: string; reason: string; payload: string; received_at: string },
  service: string,
): string {
  return JSON.stringify({
    service,
    topic: row.topic,
    reference: row.reference,
    reason: row.reason,
    receivedAt: row.received_at,
    payload: row.payload.slice(0, DEAD_LETTER_CHARACTERS),
    truncated: row.payload.length > DEAD_LETTER_CHARACTERS,
  });
}

function countBy(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
