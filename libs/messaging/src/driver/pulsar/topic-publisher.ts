import { brokerUnreachable } from '../../errors.js';
import type { OutgoingMessage } from '../driver.js';
import type { ProducerLink, PulsarTransport } from './transport.js';
import { toWire } from './wire.js';

/** What may be on its way to the broker at once. */
const MAX_MESSAGES = 500;
const MAX_CHARACTERS = 4_000_000;

interface Waiting {
  message: OutgoingMessage;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Publishes on one topic, in the order of the calls. When the link is lost, everything that was handed over before is
 * refused together: what came later must not overtake what may have to be published again.
 */
export class TopicPublisher {
  private waiting: Waiting[] = [];
  private link: ProducerLink | undefined;
  private connecting: Promise<void> | undefined;
  private readonly sending = new Map<object, Waiting>();
  private characters = 0;

  constructor(
    private readonly topic: string,
    private readonly transport: PulsarTransport,
  ) {}

  publish(message: OutgoingMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ message, resolve, reject });
      this.pump();
    });
  }

  /** After what is on its way is stored or refused. */
  async close(): Promise<void> {
    while (this.waiting.length > 0 || this.sending.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await this.connecting;
    await this.link?.close();
  }

  private pump(): void {
    const { link } = this;
    if (link === undefined) {
      this.connecting ??= this.connect();
      return;
    }
    while (this.waiting.length > 0 && this.sending.size < MAX_MESSAGES && this.characters < MAX_CHARACTERS) {
      const [next] = this.waiting.splice(0, 1);
      if (next !== undefined) this.send(link, next);
    }
  }

  private send(link: ProducerLink, waiting: Waiting): void {
    const token = {};
    const { length } = waiting.message.payload;
    this.sending.set(token, waiting);
    this.characters += length;
    void link.send(toWire(waiting.message)).then(
      () => {
        if (!this.sending.delete(token)) return;
        this.characters -= length;
        waiting.resolve();
        this.pump();
      },
      (error: unknown) => this.lost(link, error),
    );
  }

  private async connect(): Promise<void> {
    try {
      const link = await this.transport.producer(this.topic, (error) => this.lost(link, error));
      this.link = link;
    } catch (error) {
      this.refuseAll(error);
    }
    this.connecting = undefined;
    if (this.waiting.length > 0) this.pump();
  }

  private lost(link: ProducerLink, error: unknown): void {
    if (this.link !== link) return;
    this.link = undefined;
    void link.close().catch(() => undefined);
    this.refuseAll(error);
  }

  private refuseAll(error: unknown): void {
    const refused = [...this.sending.values(), ...this.waiting];
    this.sending.clear();
    this.waiting = [];
    this.characters = 0;
    for (const { reject } of refused) reject(brokerUnreachable(this.topic, error));
  }
}
