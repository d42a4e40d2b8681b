import { WebSocket } from 'ws';
import { brokerRefused, brokerUnreachable } from '../../../errors.js';
import type { PulsarAccess } from '../access.js';

const HANDSHAKE_MS = 10_000;

/** The largest frame that we take: a message of Pulsar's own limit, as text. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

export interface SocketEvents {
  onText(text: string): void;
  onClosed(error: unknown): void;
}

/** One WebSocket to the broker: kept alive by pings, ended when these are not answered. */
export class BrokerSocket {
  private timer: NodeJS.Timeout | undefined;
  private alive = true;
  private ended = false;

  private constructor(
    private readonly socket: WebSocket,
    private readonly name: string,
    private readonly events: SocketEvents,
    pingMs: number,
  ) {
    this.timer = setInterval(() => this.ping(), pingMs);
    socket.on('pong', () => (this.alive = true));
    socket.on('message', (data: Buffer) => {
      this.alive = true;
      if (!this.ended) events.onText(data.toString());
    });
    socket.on('error', (error) => this.end(error));
    socket.on('close', (code, reason) => this.end(new Error(`closed with ${code} ${reason.toString()}`.trim())));
  }

  /** @throws `MESSAGING.BROKER_UNREACHABLE`, `MESSAGING.BROKER_REFUSED` */
  static async open(access: PulsarAccess, path: string, events: SocketEvents): Promise<BrokerSocket> {
    const socket = new WebSocket(`${access.serviceUrl}${path}`, {
      headers: await access.headers(),
      handshakeTimeout: HANDSHAKE_MS,
      perMessageDeflate: false,
      maxPayload: MAX_FRAME_BYTES,
      ...(access.ca === undefined ? {} : { ca: access.ca }),
    });
    const name = `${access.serviceUrl}${path.replace(/\?.*$/, '')}`;
    return new Promise((resolve, reject) => {
      socket.once('unexpected-response', (_request, response) => {
        const { statusCode = 0, statusMessage = '' } = response;
        response.resume();
        socket.terminate();
        const answer = `${statusCode} ${statusMessage}`.trim();
        reject(
          statusCode >= 500
            ? brokerUnreachable(name, new Error(answer))
            : brokerRefused(`WebSocket ${path}: ${answer}`),
        );
      });
      // Also what comes after the answer above, which has been told by then.
      socket.on('error', (error) => reject(brokerUnreachable(name, error)));
      // Here, not after an await: the first frame may stand right behind the handshake.
      socket.once('open', () => resolve(new BrokerSocket(socket, name, events, access.pingMs)));
    });
  }

  send(value: object): void {
    if (!this.ended) this.socket.send(JSON.stringify(value));
  }

  /** Closes in order: the broker handles what was sent before. */
  async close(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    clearInterval(this.timer);
    const closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.close(1000);
    await closed; // ws ends a socket whose other side does not answer after 30 s
  }

  /** For a socket that cannot be relied on any more. */
  fail(error: unknown): void {
    this.end(error);
  }

  private ping(): void {
    if (!this.alive) {
      this.end(new Error('pings are not answered'));
      return;
    }
    this.alive = false;
    this.socket.ping();
  }

  private end(error: unknown): void {
    if (this.ended) return;
    this.ended = true;
    clearInterval(this.timer);
    this.socket.terminate();
    this.events.onClosed(brokerUnreachable(this.name, error));
  }
}
