import { Backoff, pause, Signal } from '../../util/signal.js';
import type { StoredMessage } from '../driver.js';
import { isAfter, type Position } from './message-id.js';
import type { ArrivedMessage, PulsarTransport, ReceivingLink } from './transport.js';
import { fromWire } from './wire.js';

/** Messages that may be on their way to a reader: 16 MiB of the largest. */
const WINDOW = 64;

/** A link that cannot be had again for so long ends the reading. */
const PATIENCE_MS = 60_000;

export interface TopicReaderOptions {
  transport: PulsarTransport;
  /** Path of the topic, as the caller names it. */
  path: string;
  /** `tenant/namespace/name` */
  topic: string;
  /** The last position that is not wanted. */
  after: Position | 'earliest';
  /** The last position that is; undefined goes on for ever. */
  end: Position | undefined;
  batchSize: number;
  ended(): boolean;
}

/** Reads a topic without a subscription, again from its place after a lost link. */
export class TopicReader {
  readonly signal = new Signal();
  private readonly backoff = new Backoff();
  private arrived: ArrivedMessage[] = [];
  private link: ReceivingLink | undefined;
  private lost: { error: unknown; since: number } | undefined;
  private reached = false;

  constructor(private readonly options: TopicReaderOptions) {}

  /** @throws the error of the link, when it cannot be had again for a minute */
  async *batches(): AsyncGenerator<StoredMessage[]> {
    const { options } = this;
    try {
      while (!options.ended()) {
        if (this.link === undefined) await this.connect();
        const messages = this.arrived.splice(0, options.batchSize);
        if (messages.length > 0) {
          this.link?.permit(messages.length);
          yield messages.map((message) => fromWire(options.path, message));
        } else if (this.reached) {
          return;
        } else if (this.link !== undefined) {
          await this.signal.wait();
        }
      }
    } finally {
      await this.link?.close().catch(() => undefined);
    }
  }

  private after: Position | undefined;

  private async connect(): Promise<void> {
    const { transport, topic, after } = this.options;
    if (this.reached) return;
    try {
      const link = await transport.reader(topic, this.after ?? after, WINDOW, {
        onMessage: (message) => this.receive(message),
        onClosed: (error) => this.lose(link, error),
      });
      this.link = link;
      this.lost = undefined;
      this.backoff.reset();
    } catch (error) {
      this.lost ??= { error, since: performance.now() };
      if (performance.now() - this.lost.since > PATIENCE_MS) throw error;
      await pause(this.signal, this.backoff.next(), () => this.options.ended());
    }
  }

  private receive(message: ArrivedMessage): void {
    const { end } = this.options;
    if (this.reached || (end !== undefined && isAfter(message, end))) {
      this.reached = true;
    } else {
      this.arrived.push(message);
      // Within a batch the place is only passed with its last message.
      const whole = message.batchIndex === message.batchSize - 1;
      if (whole) this.after = { ledger: message.ledger, entry: message.entry };
      if (whole && end !== undefined && !isAfter(end, message)) this.reached = true;
    }
    this.signal.raise();
  }

  private lose(link: ReceivingLink, error: unknown): void {
    if (this.link !== link) return;
    this.link = undefined;
    // A batch that came in half comes again as a whole.
    const { after } = this;
    this.arrived = this.arrived.filter((message) => after !== undefined && !isAfter(message, after));
    this.lost = { error, since: performance.now() };
    this.signal.raise();
  }
}
