import type { FastifyReply, FastifyRequest } from 'fastify';
import { KitError } from '../errors/kit-error.js';

/** The requests being answered, so that a stop can refuse new ones and wait for these; none before the service knows what it would tell. */
export class InFlight {
  private readonly replies = new Map<FastifyRequest, FastifyReply>();
  private waiting: (() => void) | undefined;
  private opened = false;
  private stopping = false;

  get size(): number {
    return this.replies.size;
  }

  /** From now on requests are answered. */
  open(): void {
    this.opened = true;
  }

  /** @throws KitError `STOPPING` once the service stops, `STARTING` before {@link open} */
  enter(request: FastifyRequest, reply: FastifyReply): void {
    if (this.stopping) {
      void reply.header('connection', 'close');
      throw new KitError('STOPPING', { retryAfterSeconds: 1 });
    }
    if (!this.opened) throw new KitError('STARTING', { retryAfterSeconds: 1 });
    this.replies.set(request, reply);
    // Comes when the answer is out, and when the client has gone away before.
    reply.raw.once('close', () => this.leave(request));
  }

  /** Refuses new requests, ends event streams (which would never end by themselves) and waits for the rest. */
  async drain(timeoutMs: number): Promise<void> {
    this.stopping = true;
    for (const reply of this.replies.values()) {
      if (String(reply.raw.getHeader('content-type') ?? '').startsWith('text/event-stream')) reply.raw.end();
    }
    if (this.replies.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.waiting = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private leave(request: FastifyRequest): void {
    this.replies.delete(request);
    if (this.replies.size === 0) this.waiting?.();
  }
}
