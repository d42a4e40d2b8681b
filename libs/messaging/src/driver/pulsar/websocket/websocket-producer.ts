import type { PulsarAccess } from '../access.js';
import type { ProducerLink, WireMessage } from '../transport.js';
import { BrokerSocket } from './socket.js';

/** The broker's side gives up after 30 s and says so; a socket that says nothing for longer is of no use. */
const SILENCE_MS = 40_000;

interface Pending {
  resolve: () => void;
  reject: (error: unknown) => void;
  since: number;
}

interface Reply {
  result?: string;
  errorMsg?: string;
  context?: string;
}

/** Sends on one topic; each message is answered under the number that it carries as its context. */
export class WebSocketProducer implements ProducerLink {
  private readonly pending = new Map<string, Pending>();
  private number = 0;
  private readonly watch: NodeJS.Timeout;
  private socket: BrokerSocket | undefined;

  private constructor(private readonly onClosed: (error: unknown) => void) {
    this.watch = setInterval(() => this.lookForSilence(), 5_000);
  }

  static async open(
    access: PulsarAccess,
    path: string,
    onClosed: (error: unknown) => void,
  ): Promise<WebSocketProducer> {
    const producer = new WebSocketProducer(onClosed);
    try {
      producer.socket = await BrokerSocket.open(access, path, {
        onText: (text) => producer.answered(JSON.parse(text) as Reply),
        onClosed: (error) => producer.lost(error),
      });
    } catch (error) {
      clearInterval(producer.watch);
      throw error;
    }
    return producer;
  }

  send({ key, properties, payload }: WireMessage): Promise<void> {
    const context = String(++this.number);
    return new Promise((resolve, reject) => {
      this.pending.set(context, { resolve, reject, since: performance.now() });
      this.socket?.send({ payload: Buffer.from(payload).toString('base64'), properties, key, context });
    });
  }

  async close(): Promise<void> {
    clearInterval(this.watch);
    await this.socket?.close();
  }

  private answered({ result, errorMsg, context = '' }: Reply): void {
    const pending = this.pending.get(context);
    if (pending === undefined) return;
    if (result === 'ok') {
      this.pending.delete(context);
      pending.resolve();
      return;
    }
    // What was sent behind it must not be stored before it is tried again: the socket goes.
    this.socket?.fail(new Error(`${result ?? 'no result'}: ${errorMsg ?? ''}`));
  }

  private lookForSilence(): void {
    const [oldest] = this.pending.values();
    if (oldest !== undefined && performance.now() - oldest.since > SILENCE_MS)
      this.socket?.fail(new Error(`no answer to a message within ${SILENCE_MS / 1_000} s`));
  }

  private lost(error: unknown): void {
    clearInterval(this.watch);
    const pending = [...this.pending.values()];
    this.pending.clear();
    this.onClosed(error);
    for (const { reject } of pending) reject(error);
  }
}
