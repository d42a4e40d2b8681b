import type { Envelope, EventDefinition, TopicDefinition } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';
import { toReceivedEvent, decode, type DecodedMessage } from '../events/codec.js';
import type { ReceivedEvent } from '../events/received-event.js';
import type { SkipReason } from '../metrics.js';
import type { Item } from './item.js';
import { begin, LockedProgress, type MessageMark } from './marks.js';
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

/** What messages are handled with, under the locks of their keys. */
interface Taking {
  progress: LockedProgress;
  /** Keys of which parts of sets may be kept. */
  partial: ReadonlySet<string>;
  /** 0 for messages that were counted before. */
  weight: 0 | 1;
  skip(reason: SkipReason): void;
}

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
    const { progress, fresh, parked, partial } = await begin(
      tx,
      name,
      items.flatMap((item) => this.markOf(item) ?? []),
    );
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
    const events = await this.handleMessages(tx, readable, { progress, partial, weight: 1, skip }, handle);
    await this.park(tx, behind, progress, undefined);
    const deadLettered = await insertDeadLetters(tx, name, unreadable);
    await progress.store(tx);
    return { events, skipped, parked: behind.length, deadLettered };
  }

  /** Parks a message that its handler refused, unless it was settled in the meantime. @returns whether it was parked */
  async parkFailed(tx: Tx, item: Item, failure: FailureRecord): Promise<boolean> {
    const mark = this.markOf(item);
    if (mark === undefined) return false;
    const { progress, fresh } = await begin(tx, this.topic.name, [{ ...mark, sequence: null }]);
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
    const partial = new Set([decoded.envelope.subject]);
    const events = await this.handleMessages(
      tx,
      [decoded],
      { progress, partial, weight: 0, skip: () => undefined },
      handle,
    );
    await progress.store(tx);
    return events;
  }

  private async handleMessages(
    tx: Tx,
    messages: readonly DecodedMessage[],
    { progress, partial, weight, skip }: Taking,
    handle: Handle,
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
    const keeping = events.filter(({ key }) => partial.has(key) || sets.keeps(key));
    await this.dropOvertaken(tx, keeping, progress);
    if (events.length > 0) await handle(tx, events);
    return events;
  }

  private markOf(item: Item): MessageMark | undefined {
    const head = envelopeOf(item);
    if (head === undefined) return undefined;
    const { subject, source, id, setid } = head;
    const alone = setid === undefined;
    const applies = alone && item.decoded?.definition?.topic.name === this.topic.name;
    return { subject, source, id, alone, sequence: applies ? head.sequence : null };
  }

  private async dropOvertaken(tx: Tx, events: readonly ReceivedEvent[], progress: LockedProgress): Promise<void> {
    if (this.topic.kind !== 'state') return;
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
