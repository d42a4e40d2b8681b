import type { EventDefinition, TopicDefinition } from '@risk-budget/contracts';
import { isInfrastructureError, type Persistence } from '@risk-budget/persistence';
import type { MessagingDriver } from './driver/driver.js';
import { unknownTopic } from './errors.js';
import { EventRegistry } from './events/registry.js';
import { passedOn, type MessagingTracing } from './events/tracing.js';
import { runHandlers, type BatchHandler } from './handlers.js';
import { FanOutConsumer } from './inbox/fan-out-consumer.js';
import { Inbox, type Handle } from './inbox/inbox.js';
import { TopicConsumer } from './inbox/topic-consumer.js';
import type { Trouble } from './inbox/trouble.js';
import { Joining, type JoinOptions } from './joining.js';
import { noLog, noMetrics, type MessagingLog, type MessagingMetrics } from './metrics.js';
import type { HandlerOptions } from './nest/handler-options.js';
import { MessagingClient } from './nest/messaging-client.js';
import { DeadLetters } from './operator/dead-letters.js';
import { ParkedMessages } from './operator/parked-messages.js';
import { Outbox, type OutboxMessage } from './outbox/outbox.js';
import { PublishedStates } from './outbox/published-states.js';
import { Relay } from './outbox/relay.js';
import { ProgressCounter } from './progress.js';
import type { TopicHandling } from './topic-handling.js';
import { NumberedPublisher } from './upstream/numbered-publisher.js';
import { Upkeep } from './upkeep.js';
import { Backoff, pause, Signal } from './util/signal.js';

export interface MessagingOptions {
  /** Name of the service: the source of what it publishes and its subscription's name. */
  service: string;
  /** The service's own schema, with `messagingMigrations` run. Closed by whoever made it, after {@link Messaging.stop}. */
  persistence: Persistence;
  /** Closed by whoever made it, after {@link Messaging.stop}. */
  driver: MessagingDriver;
  /** Event types known, default the catalogue. */
  definitions?: readonly EventDefinition[];
  /** Names of the topics that the service may write events to, beside those of the platform; default every one. */
  publishes?: readonly string[];
  metrics?: MessagingMetrics;
  log?: MessagingLog;
  tracing?: MessagingTracing;
  /** A key was parked, by this instance. */
  onParked?(topic: string, key: string, error: string): void;
}

export interface MessagingHealth {
  /** False while the database or the log cannot be reached by a consumer or the relay, or before start. */
  ready: boolean;
  /** Topics whose consumer is paused, with the reason. */
  paused: { topic: string; trouble: Trouble }[];
  /** Why the relay does not publish. */
  relay: Trouble | undefined;
}

/** How often to look whether a topic is settled while catching up. */
const CATCH_UP_LOOK_MS = 50;

interface Subscribed {
  topic: TopicDefinition;
  handlers: BatchHandler[];
  options: HandlerOptions;
}

/** Everything of messaging that one service instance needs, on one driver and one schema. Starts nothing by itself. */
export class Messaging {
  readonly driver: MessagingDriver;
  readonly outbox: Outbox;
  readonly client: MessagingClient;
  readonly parked: ParkedMessages;
  readonly deadLetters: DeadLetters;
  readonly progress: ProgressCounter;
  /** The last state of each key that this service has published, to be published again. */
  readonly states: PublishedStates;
  private readonly registry: EventRegistry;
  private readonly metrics: MessagingMetrics;
  private readonly log: MessagingLog;
  private readonly tracing: MessagingTracing;
  private readonly relay: Relay;
  private readonly upkeep: Upkeep;
  private readonly joining: Joining;
  private readonly stopping = new Signal();
  private readonly subscribed = new Map<string, Subscribed>();
  private consumers: TopicConsumer[] = [];
  private fanOuts: FanOutConsumer[] = [];
  private state: 'new' | 'started' | 'stopped' = 'new';

  constructor(private readonly options: MessagingOptions) {
    const { service, persistence, driver } = options;
    this.driver = driver;
    this.metrics = options.metrics ?? noMetrics;
    this.log = options.log ?? noLog;
    this.tracing = options.tracing ?? passedOn;
    this.registry = new EventRegistry(options.definitions);
    this.progress = new ProgressCounter(persistence, () => this.consumers.some(({ working }) => working));
    this.relay = new Relay({ service, persistence, driver, metrics: this.metrics, log: this.log });
    const committed = (written: readonly OutboxMessage[]): void => {
      this.relay.take(written);
      this.progress.grown();
    };
    const { tracing } = this;
    this.outbox = new Outbox(service, committed, {
      tracing,
      ...(options.publishes === undefined ? {} : { publishes: options.publishes }),
    });
    this.states = new PublishedStates(persistence, driver, `/risk-budget/${service}`);
    this.joining = new Joining(persistence, driver, service);
    const direct = new NumberedPublisher({ driver, source: `/risk-budget/${service}`, tracing });
    this.client = new MessagingClient(this.outbox, direct, this.registry, (topic) => this.metrics.published(topic, 1));
    const grown = (): void => this.progress.grown();
    this.parked = new ParkedMessages(persistence, this.outbox, (topic) => this.handlingOf(topic), grown);
    this.deadLetters = new DeadLetters(persistence, (topic) => this.handlingOf(topic), grown);
    this.upkeep = new Upkeep({
      persistence,
      driver,
      subscription: service,
      topics: () =>
        [...this.subscribed.values()].filter(({ options: own }) => own.fanOut !== true).map(({ topic }) => topic),
      metrics: this.metrics,
      log: this.log,
      active: () => this.relay.active,
    });
  }

  /**
   * Adds a handler of a topic, before {@link start}. Nest services use `@EventPattern` instead. Handlers of one topic run
   * in the order they were added, in one transaction.
   *
   * @throws `MESSAGING.UNKNOWN_TOPIC`
   */
  on(topic: string, handler: BatchHandler, options: HandlerOptions = {}): void {
    const known = this.subscribed.get(topic);
    if (known === undefined)
      this.subscribed.set(topic, { topic: this.registry.topic(topic), handlers: [handler], options });
    else known.handlers.push(handler);
  }

  /**
   * Where the schema is new: goes on from what the service has published before; with `rebuild`, rebuilds what it can of that and has its
   * subscriptions begin again. To be called before {@link start}; does nothing a second time.
   *
   * @returns whether the service joined now
   */
  join(options: JoinOptions): Promise<boolean> {
    return this.joining.join(options);
  }

  /**
   * Subscribes to the topics that have handlers, and publishes what is written. Resolves when every topic is received: while the log is
   * away it waits, and {@link health} says why. Resolves as well when it is stopped before.
   */
  async start(): Promise<void> {
    if (this.state !== 'new') return;
    this.state = 'started';
    this.relay.start();
    const all = [...this.subscribed.values()];
    const behind = (await this.patiently(() => this.hasJoined())) === false;
    // What other services say of the inputs comes after these, as it did at the time; otherwise topics are read side by side.
    const later = behind ? all.filter(({ topic }) => topic.namespace === 'events' && topic.kind === 'flow') : [];
    await this.receive(all.filter((one) => !later.includes(one)));
    if (behind) {
      for (const { topic } of this.consumers) await this.settledOnce(topic);
      await this.patiently(() => this.joining.noteCaughtUp());
    }
    await this.receive(later);
    if (this.state === 'started') this.upkeep.start();
  }

  /** Whether the service has caught up with the states and inputs that stood on its topics when its schema was new. */
  hasJoined(): Promise<boolean> {
    return this.joining.hasCaughtUp();
  }

  /** Stops receiving, finishes what is in hand, publishes what is written. Driver and database stay open. */
  async stop(): Promise<void> {
    if (this.state !== 'started') return;
    this.state = 'stopped';
    this.stopping.raise();
    await this.upkeep.stop();
    await Promise.all(this.receivers.map((consumer) => consumer.stop()));
    await this.relay.stop();
  }

  health(): MessagingHealth {
    const paused = this.receivers.flatMap(({ topic, trouble }) => (trouble === undefined ? [] : [{ topic, trouble }]));
    const relay = this.relay.trouble;
    return { ready: this.state === 'started' && paused.length === 0 && relay === undefined, paused, relay };
  }

  /**
   * Whether something that was on a topic before now may not have been settled by this service yet, all its instances taken together; true
   * when nobody can say. For a handler that misses what comes on another topic.
   */
  async isBehind(topic: string): Promise<boolean> {
    const consumer = this.consumers.find((one) => one.topic === topic);
    if (consumer === undefined) return false;
    if (!consumer.following || consumer.working || consumer.trouble !== undefined) return true;
    const { namespace, name } = this.registry.topic(topic);
    return this.driver.backlog(`${namespace}/${name}`, this.options.service).then(
      (messages) => messages > 0,
      () => true,
    );
  }

  /** Sets the gauges (lag, age of the oldest unpublished, parked keys, incomplete sets) now; they are set every 15 s anyway. */
  measure(): Promise<void> {
    return this.upkeep.measure();
  }

  /** Forgets inbox marks older than 14 days and what the log's retention lets go; done every hour anyway. */
  prune(): Promise<{ marks: number; messages: number }> {
    return this.upkeep.prune();
  }

  /** Has this service handle again what was published on a topic since a wall-clock moment; the inbox drops what it still remembers. */
  replayFrom(topic: string, time: string): Promise<void> {
    const { namespace, name } = this.registry.topic(topic);
    return this.driver.seek(`${namespace}/${name}`, this.options.service, time);
  }

  private async receive(subscribed: readonly Subscribed[]): Promise<void> {
    if (this.state !== 'started') return;
    const fresh: (TopicConsumer | FanOutConsumer)[] = [];
    for (const one of subscribed) {
      if (one.options.fanOut === true) this.fanOuts.push(added(fresh, this.fanOutOf(one)));
      else this.consumers.push(added(fresh, this.consumerOf(one)));
    }
    await Promise.all(fresh.map((consumer) => consumer.start()));
  }

  /** Until everything that stood on a topic has been settled, or this is stopped. */
  private async settledOnce(topic: string): Promise<void> {
    const stopped = (): boolean => this.state === 'stopped';
    while (!stopped() && (await this.isBehind(topic))) await pause(this.stopping, CATCH_UP_LOOK_MS, stopped);
  }

  /** Repeats a question to the database while that is away. @returns undefined when this is stopped before */
  private async patiently<T>(work: () => Promise<T>): Promise<T | undefined> {
    const backoff = new Backoff();
    const stopped = (): boolean => this.state === 'stopped';
    while (!stopped()) {
      try {
        return await work();
      } catch (error) {
        if (!isInfrastructureError(error)) throw error;
        await pause(this.stopping, backoff.next(), stopped);
      }
    }
    return undefined;
  }

  private get receivers(): readonly (TopicConsumer | FanOutConsumer)[] {
    return [...this.consumers, ...this.fanOuts];
  }

  private handlingOf(topic: string): TopicHandling {
    const subscribed = this.subscribed.get(topic);
    if (subscribed === undefined || subscribed.options.fanOut === true) throw unknownTopic(topic);
    return {
      inbox: new Inbox(subscribed.topic, this.registry.byType),
      handle: (attempt, replay) => this.handle(subscribed, attempt, replay),
    };
  }

  private handle({ topic, handlers }: Subscribed, attempt: number, replay: boolean): Handle {
    const { outbox, tracing } = this;
    return (tx, events) => runHandlers(events, { topic: topic.name, handlers, outbox, tracing, tx, attempt, replay });
  }

  private consumerOf(subscribed: Subscribed): TopicConsumer {
    return new TopicConsumer({
      topic: subscribed.topic,
      subscription: this.options.service,
      driver: this.driver,
      persistence: this.options.persistence,
      registry: this.registry,
      from: subscribed.options.from ?? 'earliest',
      handle: (attempt) => this.handle(subscribed, attempt, false),
      metrics: this.metrics,
      log: this.log,
      onSettled: () => this.progress.grown(),
      onParked: (topic, key, error) => this.options.onParked?.(topic, key, error),
    });
  }

  private fanOutOf({ topic, handlers }: Subscribed): FanOutConsumer {
    const { outbox, tracing } = this;
    return new FanOutConsumer({
      topic,
      subscription: this.options.service,
      driver: this.driver,
      registry: this.registry,
      metrics: this.metrics,
      log: this.log,
      handle: (events, attempt) =>
        runHandlers(events, { topic: topic.name, handlers, outbox, tracing, tx: undefined, attempt, replay: false }),
    });
  }
}

function added<One extends Item, Item>(to: Item[], one: One): One {
  to.push(one);
  return one;
}
