import type { Envelope, EventDefinition, TopicDefinition } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';
import { toReceivedEvent, decode, type DecodedMessage } from '../events/codec.js';
import type { ReceivedEvent } from '../events/received-event.js';
import type { SkipReason } from '../metrics.js';
import type { Item } from './item.js';
import { begin, LockedProgress } from './marks.js';
import { dropOvertakenSets, PartSets, settleParts } from './parts.js';
import { insertDeadLetters, insertParked, type FailureRecord } from './refused-rows.js';

/** What became of a batch. */
export interface BatchOutcome {
  events: readonly ReceivedEvent[];
  skipped: ReadonlyMap<SkipReason, number>;
  parked: number;
  deadLettered: number;
}

/** Handles events in the transaction that marks them. */
export type Handle = (tx: Tx, events: readonly ReceivedEvent[]) => Promise<void>;

/**
 * The inbox of one topic. Everything that it decides (seen before, older state, behind a parked message, part of a set)
 * it decides under the locks of the keys in the batch, and it commits with what the handler does.
 */
export class Inbox {
  constructor(
    private readonly topic: TopicDefinition,
    private readonly definitions: ReadonlyMap<string, EventDefinition>,
  ) {}

  /** Takes messages from the log, in order. */
  async apply(tx: Tx, items: readonly Item[], handle: Handle): Promise<BatchOutcome> {
    const { name } = this.topic;
    const heads = items.flatMap((item) => envelopeOf(item) ?? []);
    const { progress, fresh, parked } = await begin(tx, name, heads);
    const skipped = new Map<SkipReason, number>();
    const skip = (reason: SkipReason): void => void skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
    const [readable, behind, unreadable]: [DecodedMessage[], Item[], Item[]] = [[], [], []];
    for (const item of items) {
      const head = envelopeOf(item);
      // A second copy in the same batch finds the mark used up.
      if (head !== undefined && !fresh.delete(`${head.source}\0${head.id}`)) {
        skip('duplicate');
        continue;
      }
      if (head !== undefined && item.decoded === undefined) progress.settle(head, 1);
      if (item.decoded === undefined) unreadable.push(item);
      else if (parked.has(item.key)) behind.push(item);
      else readable.push(item.decoded);
    }
    const events = await this.handleMessages(tx, readable, progress, handle, 1, skip);
    await this.park(tx, behind, progress, undefined);
    const deadLettered = await insertDeadLetters(tx, name, unreadable);
    await progress.store(tx);
    return { events, skipped, parked: behind.length, deadLettered };
  }

  /** Parks a message that its handler refused, unless it was settled in the meantime. @returns whether it was parked */
  async parkFailed(tx: Tx, item: Item, failure: FailureRecord): Promise<boolean> {
    const head = envelopeOf(item);
    if (head === undefined) return false;
    const { progress, fresh } = await begin(tx, this.topic.name, [head]);
    if (fresh.size === 0) return false;
    await this.park(tx, [item], progress, failure);
    await progress.store(tx);
    return true;
  }

  /** Locks a key for a replay: nothing of it is handled or parked by anybody until the transaction ends. */
  lockKey(tx: Tx, key: string, source: string): Promise<LockedProgress> {
    return LockedProgress.lock(tx, this.topic.name, [{ subject: key, source }]);
  }

  /** Handles a message that was marked and counted before: a parked one, or a dead letter that can be read now. */
  async replay(tx: Tx, payload: string, handle: Handle): Promise<readonly ReceivedEvent[]> {
    const decoded = decode(payload, this.definitions);
    const progress = await LockedProgress.lock(tx, this.topic.name, [decoded.envelope]);
    const events = await this.handleMessages(tx, [decoded], progress, handle, 0, () => undefined);
    await progress.store(tx);
    return events;
  }

  private async handleMessages(
    tx: Tx,
    messages: readonly DecodedMessage[],
    progress: LockedProgress,
    handle: Handle,
    weight: 0 | 1,
    skip: (reason: SkipReason) => void,
  ): Promise<ReceivedEvent[]> {
    const sets = await PartSets.load(
      tx,
      this.topic.name,
      messages.map(({ envelope }) => envelope),
      (payload) => decode(payload, this.definitions),
    );
    const events: ReceivedEvent[] = [];
    for (const { envelope, definition, data } of messages) {
      if (definition === undefined || definition.topic.name !== this.topic.name) {
        progress.settle(envelope, weight);
        skip('unknownType');
      } else if (this.topic.kind === 'state' && envelope.sequence <= progress.of(envelope).last) {
        progress.settle(envelope, weight);
        skip('olderState');
      } else if (envelope.setid === undefined) {
        progress.settle(envelope, weight);
        progress.applied(envelope, envelope.sequence);
        events.push(toReceivedEvent(this.topic.name, envelope, data));
      } else {
        const whole = sets.take(definition, envelope, data, weight === 0);
        if (whole === undefined) continue;
        progress.settle(envelope, weight + whole.unsettled);
        progress.applied(envelope, whole.envelope.sequence);
        events.push(toReceivedEvent(this.topic.name, whole.envelope, whole.data));
      }
    }
    await sets.store(tx);
    await this.dropOvertaken(tx, events, progress);
    if (events.length > 0) await handle(tx, events);
    return events;
  }

  private async dropOvertaken(tx: Tx, events: readonly ReceivedEvent[], progress: LockedProgress): Promise<void> {
    const inParts = [...this.definitions.values()].some(
      (definition) => definition.topic.name === this.topic.name && definition.rows.length > 0,
    );
    if (this.topic.kind !== 'state' || !inParts) return;
    for (const { key, source } of await dropOvertakenSets(tx, this.topic.name, events)) {
      progress.settle({ subject: key, source }, 1);
    }
  }

  private async park(
    tx: Tx,
    items: readonly Item[],
    progress: LockedProgress,
    failure: FailureRecord | undefined,
  ): Promise<void> {
    for (const item of items) {
      const head = envelopeOf(item);
      if (head === undefined) continue;
      const kept = head.setid === undefined ? 0 : await settleParts(tx, this.topic.name, [head.setid]);
      progress.settle(head, 1 + kept);
    }
    await insertParked(tx, this.topic.name, items, failure);
  }
}

function envelopeOf(item: Item): Envelope | undefined {
  return item.decoded?.envelope ?? item.unreadable?.envelope;
}
