import { connect, createServer, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/** Stands on loopback between a program and what it talks to, so that connections can be lost, held up or slowed at will. */
export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  private readonly waiting = new Set<() => void>();
  private holding = false;
  private delayMs = 0;
  private trap: { readonly matches: (piece: Buffer) => boolean; readonly sprung: () => void } | undefined;
  /** Connections made so far. */
  connections = 0;

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async to(target: { host: string; port: number }): Promise<TcpProxy> {
    const server = createServer({ pauseOnConnect: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const address = server.address();
    const proxy = new TcpProxy(server, typeof address === 'object' && address !== null ? address.port : 0);
    server.on('connection', (near) => proxy.join(near, connect(target.port, target.host)));
    return proxy;
  }

  /** Ends every connection with a reset, as a failing network does. */
  cut(): void {
    for (const socket of this.sockets) reset(socket);
  }

  /** Lets nothing through, and answers nobody, until {@link release}: a black hole. */
  hold(): void {
    this.holding = true;
  }

  /**
   * From the first piece on that the near side sends and that fits, nothing gets through either way: {@link release} lets it go on its way,
   * {@link lose} throws it away. Where none comes before the signal, everything goes on as before.
   *
   * @returns whether one came
   */
  holdAt(matches: (piece: Buffer) => boolean, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (came: boolean): void => {
        this.trap = undefined;
        signal.removeEventListener('abort', onAbort);
        if (came) this.hold();
        resolve(came);
      };
      const onAbort = (): void => end(false);
      signal.addEventListener('abort', onAbort);
      this.trap = { matches, sprung: () => end(true) };
      if (signal.aborted) onAbort();
    });
  }

  /** What was held up never arrives: it is lost with its connections. */
  lose(): void {
    this.waiting.clear();
    this.cut();
    this.holding = false;
  }

  /** What was held up goes on its way. */
  release(): void {
    this.holding = false;
    for (const go of [...this.waiting]) go();
    this.waiting.clear();
  }

  /** Every piece of data takes so much longer, in both directions. 0 ends it. */
  slow(delayMs: number): void {
    this.delayMs = delayMs;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.release();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private join(near: Socket, far: Socket): void {
    this.connections++;
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
      one.pipe(this.valve(one === near)).pipe(other);
    }
  }

  private valve(outward: boolean): Transform {
    return new Transform({
      transform: (chunk: Buffer, _, done) => {
        if (outward && this.trap?.matches(chunk) === true) this.trap.sprung();
        const pass = (): void => void done(null, chunk);
        const next = this.holding ? () => void this.waiting.add(pass) : pass;
        if (this.delayMs > 0) setTimeout(next, this.delayMs);
        else next();
      },
    });
  }
}

/**
 * Ends a connection with a reset. One that is not there yet, or already on its way to its end, is just destroyed: Node 20 refuses to reset it
 * (EINVAL), and then keeps its handle for ever, so that the process spins instead of ending.
 */
export function reset(socket: Socket): void {
  if (socket.connecting || socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
