import { Backoff, pause, Signal } from '../../util/signal.js';
import type { StoredMessage, SubscribeOptions } from '../driver.js';
import { InFlight } from './in-flight.js';
import { parseReference, type Position } from './message-id.js';
import type { ArrivedMessage, ConsumerLink, LinkEvents, ReceivingLink } from './transport.js';
import { fromWire } from './wire.js';

/** Bytes that may be delivered and not acknowledged, or on their way. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Size that a message is believed to have before any has come: the largest that we publish. */
const FIRST_SIZE = 256 * 1024;

/** Permits are given this many at a time, unless few are left. */
const PERMITS = 32;

export interface DeliverySetup {
  options: SubscribeOptions;
  /** Opens a link; called again after each loss. */
  connect(events: LinkEvents): Promise<ReceivingLink | ConsumerLink>;
  /** Told of every message that arrives, before it is delivered. */
  onArrived?(message: ArrivedMessage): void;
}

/**
 * Delivers the messages of one subscription. The broker sends no more than was permitted, and permits end with the messages and bytes
 * that are in hand, so that a slow consumer holds back the broker instead of filling this process. A lost link is opened again.
 */
export class Delivery {
  private readonly signal = new Signal();
  private readonly backoff = new Backoff();
  private readonly inFlight = new InFlight();
  private readonly maxInFlight: number;
  private link: ReceivingLink | ConsumerLink | undefined;
  private granted = 0;
  private largest = FIRST_SIZE;
  private arrived: StoredMessage[] = [];
  private toAcknowledge: Position[] = [];
  private stopping = false;
  private closing = false;
  private loop: Promise<void> | undefined;

  constructor(private readonly setup: DeliverySetup) {
    this.maxInFlight = setup.options.maxInFlight ?? 2_000;
  }

  start(): void {
    this.loop ??= this.run();
  }

  acknowledge(messages: readonly StoredMessage[]): void {
    for (const { reference } of messages) {
      const position = parseReference(reference);
      if (this.inFlight.settle(position)) this.toAcknowledge.push(position);
    }
    this.flush();
    this.grant();
  }

  stop(): void {
    this.stopping = true;
  }

  async close(): Promise<void> {
    this.stop();
    this.flush();
    this.closing = true;
    this.signal.raise();
    await this.loop;
  }

  private async run(): Promise<void> {
    while (!this.closing) {
      const error = await this.session();
      if (this.closing) return;
      this.setup.options.onTrouble?.(error);
      await pause(this.signal, this.backoff.next(), () => this.closing);
    }
  }

  /** One link, from its opening to its end. @returns why it ended */
  private async session(): Promise<unknown> {
    let lost: { error: unknown } | undefined;
    try {
      const link = await this.setup.connect({
        onMessage: (message) => this.receive(message),
        onClosed: (error) => {
          lost ??= { error };
          this.signal.raise();
        },
      });
      this.link = link;
      this.granted += link.granted;
      this.backoff.reset();
      this.setup.options.onTrouble?.(undefined);
      this.flush();
      this.grant();
      while (lost === undefined && !this.closing) await this.signal.wait();
      this.link = undefined;
      await link.close().catch(() => undefined);
      return lost?.error;
    } catch (error) {
      return error;
    } finally {
      this.link = undefined;
      this.granted = 0;
    }
  }

  private receive(message: ArrivedMessage): void {
    if (this.stopping) return; // delivered again, here or elsewhere, once this link is closed
    this.granted--;
    this.setup.onArrived?.(message);
    const bytes = Buffer.byteLength(message.payload);
    this.largest = Math.max(bytes, this.largest * 0.98, 1_024);
    if (this.inFlight.add(message, bytes)) {
      if (this.arrived.length === 0) queueMicrotask(() => this.deliver());
      this.arrived.push(fromWire(this.setup.options.topic, message));
    }
    this.grant();
  }

  private deliver(): void {
    const messages = this.arrived;
    this.arrived = [];
    if (!this.stopping) this.setup.options.onMessages(messages);
  }

  private grant(): void {
    const { link, inFlight } = this;
    if (link === undefined || this.stopping) return;
    const room = this.maxInFlight - inFlight.count - this.granted;
    const bytes = Math.floor((MAX_BYTES - inFlight.bytes) / this.largest) - this.granted;
    const idle = inFlight.count === 0 && this.granted === 0;
    const count = Math.max(Math.min(room, bytes, 1_000), idle ? 1 : 0);
    if (count <= 0 || (count < PERMITS && this.granted >= PERMITS)) return;
    this.granted += count;
    link.permit(count);
  }

  private flush(): void {
    const { link } = this;
    if (link === undefined) return;
    const positions = this.toAcknowledge;
    this.toAcknowledge = [];
    if ('acknowledge' in link) for (const position of positions) link.acknowledge(position);
  }
}
