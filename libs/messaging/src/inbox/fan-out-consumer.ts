import { topicPath, type TopicDefinition } from '@risk-budget/contracts';
import type { MessagingDriver, StoredMessage, Subscription } from '../driver/driver.js';
import { toReceivedEvent, UnreadableMessage } from '../events/codec.js';
import { PartCollector } from '../events/merge.js';
import { read } from '../events/reading.js';
import type { ReceivedEvent } from '../events/received-event.js';
import type { EventRegistry } from '../events/registry.js';
import type { MessagingLog, MessagingMetrics } from '../metrics.js';
import { Signal } from '../util/signal.js';
import { MAX_ATTEMPTS, recordFailure } from './failure.js';
import { whenSubscribed } from './subscribing.js';
import { troubleOf, type Trouble } from './trouble.js';

export interface FanOutConsumerOptions {
  topic: TopicDefinition;
  subscription: string;
  driver: MessagingDriver;
  registry: EventRegistry;
  metrics: MessagingMetrics;
  log: MessagingLog;
  handle(events: readonly ReceivedEvent[], attempt: number): Promise<void>;
}

/**
 * Gives every instance every message of a topic from now on, without a transaction and without an inbox: for what an
 * instance keeps in memory and can rebuild. A batch that fails five times is let go and counted.
 */
export class FanOutConsumer {
  private waiting: StoredMessage[] = [];
  private readonly signal = new Signal();
  private subscription: Subscription | undefined;
  private current: Trouble | undefined;
  private starting: Promise<void> | undefined;
  private loop: Promise<void> | undefined;
  private stopping = false;
  private readonly parts = new PartCollector();

  constructor(private readonly options: FanOutConsumerOptions) {}

  get topic(): string {
    return this.options.topic.name;
  }

  get trouble(): Trouble | undefined {
    return this.current;
  }

  /** Resolves when it receives, however long the log is away, or when it is stopped before. */
  start(): Promise<void> {
    this.starting ??= this.subscribe();
    return this.starting;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.signal.raise();
    await this.starting?.catch(() => undefined); // told to whoever started it
    await this.subscription?.stop();
    await this.loop;
    await this.subscription?.close();
  }

  private async subscribe(): Promise<void> {
    const { driver, topic, subscription, log } = this.options;
    const onTrouble = (error: unknown): void => {
      this.current = error === undefined ? undefined : (this.current ?? troubleOf(error));
    };
    this.subscription = await whenSubscribed({
      driver,
      request: {
        topic: topicPath(topic),
        subscription,
        mode: 'fanOut',
        onMessages: (messages) => {
          this.waiting.push(...messages);
          this.signal.raise();
        },
        onTrouble,
      },
      signal: this.signal,
      stopping: () => this.stopping,
      log,
    });
    this.loop = this.run();
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      const messages = this.waiting.splice(0, 500);
      if (messages.length === 0) {
        await this.signal.wait();
        continue;
      }
      const events = messages.flatMap((message) => this.read(message) ?? []);
      if (events.length > 0) await this.handle(events);
      this.subscription?.acknowledge(messages);
    }
  }

  private async handle(events: readonly ReceivedEvent[]): Promise<void> {
    const { topic, metrics, log } = this.options;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS && !this.stopping; attempt++) {
      try {
        await this.options.handle(events, attempt);
        metrics.applied(topic.name, events.length, 0);
        return;
      } catch (error) {
        metrics.failed(topic.name, 'handler');
        log.error('fan-out handler failed', { topic: topic.name, attempt, error: recordFailure(error, attempt).text });
        await this.signal.wait(50 * 2 ** attempt);
      }
    }
  }

  private read(message: StoredMessage): ReceivedEvent | undefined {
    const { topic, registry, metrics } = this.options;
    try {
      const { envelope, definition, data } = read(message, registry.byType);
      if (definition === undefined) return undefined;
      const whole = this.parts.take(definition.rows, { envelope, data });
      return whole === undefined ? undefined : toReceivedEvent(topic.name, whole.envelope, whole.data);
    } catch (error) {
      if (!(error instanceof UnreadableMessage)) throw error;
      metrics.deadLettered(topic.name, 1); // kept by the subscriptions that have an inbox
      return undefined;
    }
  }
}
