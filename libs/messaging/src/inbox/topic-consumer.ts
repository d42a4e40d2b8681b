import { topicPath, type TopicDefinition } from '@risk-budget/contracts';
import type { Persistence } from '@risk-budget/persistence';
import type { MessagingDriver, StartFrom, StoredMessage, Subscription } from '../driver/driver.js';
import type { EventRegistry } from '../events/registry.js';
import type { MessagingLog, MessagingMetrics } from '../metrics.js';
import { Backoff, pause, Signal } from '../util/signal.js';
import { isInfrastructureError, pauseAfter, recordFailure } from './failure.js';
import { Inbox, type BatchOutcome, type Handle } from './inbox.js';
import { toItem } from './item.js';
import { Lanes, type QueuedItem } from './lanes.js';
import { whenSubscribed } from './subscribing.js';
import { troubleOf, type Trouble } from './trouble.js';

export interface ConsumerHooks {
  metrics: MessagingMetrics;
  log: MessagingLog;
  /** After each commit that settled something. */
  onSettled(): void;
  onParked(topic: string, key: string, error: string): void;
}

export interface TopicConsumerOptions extends ConsumerHooks {
  topic: TopicDefinition;
  subscription: string;
  driver: MessagingDriver;
  persistence: Persistence;
  registry: EventRegistry;
  from: StartFrom;
  /** Runs the service's handlers of this topic; `attempt` counts from 1. */
  handle(attempt: number): Handle;
}

/** Takes one topic through the inbox: batches, retries per key, parking; pauses when the infrastructure fails. */
export class TopicConsumer {
  readonly inbox: Inbox;
  private readonly lanes = new Lanes();
  private readonly signal = new Signal();
  private readonly backoff = new Backoff();
  private subscription: Subscription | undefined;
  private starting: Promise<void> | undefined;
  private loop: Promise<void> | undefined;
  private stopping = false;
  private inHand = false;
  private databaseTrouble: Trouble | undefined;
  private logTrouble: Trouble | undefined;

  constructor(readonly options: TopicConsumerOptions) {
    this.inbox = new Inbox(options.topic, options.registry.byType);
  }

  get topic(): string {
    return this.options.topic.name;
  }

  /** Whether a batch is being handled now. */
  get working(): boolean {
    return this.inHand;
  }

  /** Whether the subscription stands, so that its backlog counts everything that is to come. */
  get following(): boolean {
    return this.subscription !== undefined;
  }

  get trouble(): Trouble | undefined {
    return this.databaseTrouble ?? this.logTrouble;
  }

  /** Resolves when it receives, however long the log is away, or when it is stopped before. */
  start(): Promise<void> {
    this.starting ??= this.subscribe();
    return this.starting;
  }

  /** Stops receiving, finishes the batch in hand; what waits is delivered again, here or elsewhere. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.signal.raise();
    await this.starting?.catch(() => undefined); // told to whoever started it
    await this.subscription?.stop();
    await this.loop;
    this.lanes.clear();
    await this.subscription?.close();
  }

  private async subscribe(): Promise<void> {
    const { driver, topic, subscription, from, log } = this.options;
    const onTrouble = (error: unknown): void => {
      this.logTrouble = error === undefined ? undefined : (this.logTrouble ?? troubleOf(error));
    };
    this.subscription = await whenSubscribed({
      driver,
      request: {
        topic: topicPath(topic),
        subscription,
        mode: 'shared',
        from,
        onMessages: (messages) => this.receive(messages),
        onTrouble,
      },
      signal: this.signal,
      stopping: () => this.stopping,
      log,
    });
    this.loop = this.run();
  }

  private receive(messages: readonly StoredMessage[]): void {
    this.lanes.add(messages.map((message) => toItem(message, this.options.registry.byType)));
    this.signal.raise();
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      const batch = this.lanes.take(performance.now());
      this.inHand = batch.length > 0;
      if (this.inHand) await this.work(batch);
      else await this.signal.wait(this.lanes.untilDue(performance.now()));
    }
  }

  /** Until every item is settled, held for another try, or left because we stop. */
  private async work(items: readonly QueuedItem[]): Promise<void> {
    const [first] = items;
    if (first === undefined || this.stopping) return;
    const attempt = (this.lanes.heldLane(first.key)?.attempts ?? 0) + 1;
    let failure: unknown;
    try {
      const outcome = await this.patiently(() =>
        this.options.persistence.transaction((tx) => this.inbox.apply(tx, items, this.options.handle(attempt))),
      );
      if (outcome !== undefined) this.settled(items, outcome);
      return;
    } catch (error) {
      failure = error;
    }
    this.options.metrics.failed(this.topic, 'handler');
    if (items.length === 1) return this.refused(first, attempt, failure);
    const middle = Math.ceil(items.length / 2);
    await this.work(items.slice(0, middle));
    const rest = items.slice(middle);
    this.lanes.putBack(rest.filter((item) => this.lanes.heldLane(item.key) !== undefined));
    await this.work(rest.filter((item) => this.lanes.heldLane(item.key) === undefined));
  }

  /** Repeats work through failures of the infrastructure. @returns undefined when we stop before it succeeds */
  private async patiently<T>(work: () => Promise<T>): Promise<T | undefined> {
    while (!this.stopping) {
      try {
        const result = await work();
        this.databaseTrouble = undefined;
        this.backoff.reset();
        return result;
      } catch (error) {
        if (!isInfrastructureError(error)) throw error;
        this.options.metrics.failed(this.topic, 'infrastructure');
        if (this.databaseTrouble === undefined) {
          this.databaseTrouble = troubleOf(error);
          this.options.log.warn('consumer paused', { topic: this.topic, error: this.databaseTrouble.error });
        }
        await pause(this.signal, this.backoff.next(), () => this.stopping);
      }
    }
    return undefined;
  }

  private async refused(item: QueuedItem, attempts: number, error: unknown): Promise<void> {
    const now = performance.now();
    const firstFailedAt = this.lanes.heldLane(item.key)?.firstFailedAt ?? now;
    const wait = pauseAfter(attempts, now - firstFailedAt, error);
    const failure = recordFailure(error, attempts);
    const context = {
      topic: this.topic,
      key: item.key,
      reference: item.message.reference,
      attempts,
      error: failure.text,
    };
    if (wait !== undefined) {
      this.options.log.warn('handler failed, will try again', context);
      this.lanes.hold(item.key, { attempts, firstFailedAt, due: now + wait });
      this.lanes.putBack([item]);
      return;
    }
    const parked = await this.patiently(() =>
      this.options.persistence.transaction((tx) => this.inbox.parkFailed(tx, item, failure)),
    );
    if (parked === undefined) return;
    this.lanes.release(item.key);
    this.subscription?.acknowledge([item.message]);
    this.options.onSettled();
    if (!parked) return;
    this.options.metrics.parked(this.topic, 1);
    this.options.log.error('handler failed, message parked', context);
    this.options.onParked(this.topic, item.key, failure.text);
  }

  private settled(items: readonly QueuedItem[], outcome: BatchOutcome): void {
    for (const item of items) this.lanes.release(item.key);
    this.subscription?.acknowledge(items.map((item) => item.message));
    const { metrics } = this.options;
    if (outcome.events.length > 0) {
      const oldest = Math.min(...outcome.events.map((event) => Date.parse(event.recordedAt)));
      metrics.applied(this.topic, outcome.events.length, Math.max(0, Date.now() - oldest) / 1_000);
    }
    for (const [reason, count] of outcome.skipped) metrics.skipped(this.topic, count, reason);
    if (outcome.parked > 0) metrics.parked(this.topic, outcome.parked);
    if (outcome.deadLettered > 0) {
      metrics.deadLettered(this.topic, outcome.deadLettered);
      const reasons = items.flatMap((item) => item.unreadable?.reason ?? []).slice(0, 3);
      this.options.log.error('messages cannot be read', { topic: this.topic, count: outcome.deadLettered, reasons });
    }
    this.options.onSettled();
  }
}
