import type { FastifyReply } from 'fastify';
import { KitError } from '../errors/kit-error.js';

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** Requests that a client may make at once, as a share of those of a minute. */
const burstShare = 1 / 6;
const maximumBuckets = 20_000;

/**
 * A token bucket for each client: it fills evenly, a sixth of a minute's requests may come at once. Buckets are per instance, so n
 * instances let through n times the limit at most.
 */
export class RateLimiter {
  private readonly buckets = new Map<string, Bucket>();
  private readonly capacity: number;
  private readonly perMs: number;

  /** @param perMinute `off` lets everything through */
  constructor(
    private readonly perMinute: number | 'off',
    private readonly now: () => number = () => performance.now(),
  ) {
    const limit = perMinute === 'off' ? Number.POSITIVE_INFINITY : perMinute;
    this.capacity = Math.max(1, Math.ceil(limit * burstShare));
    this.perMs = limit / 60_000;
  }

  /** @throws KitError `RATE_LIMITED` when the client's bucket is empty */
  take(client: string, reply: Pick<FastifyReply, 'header'>): void {
    if (this.perMinute === 'off') return;
    const now = this.now();
    const bucket = this.buckets.get(client) ?? { tokens: this.capacity, filledAt: now };
    bucket.tokens = Math.min(this.capacity, bucket.tokens + (now - bucket.filledAt) * this.perMs);
    bucket.filledAt = now;
    // Set again, so that the map is ordered by last use.
    this.buckets.delete(client);
    this.buckets.set(client, bucket);
    this.dropIdle();
    if (bucket.tokens < 1) {
      throw new KitError('RATE_LIMITED', { retryAfterSeconds: (1 - bucket.tokens) / this.perMs / 1000 });
    }
    bucket.tokens -= 1;
    reply.header('ratelimit-limit', this.perMinute).header('ratelimit-remaining', Math.floor(bucket.tokens));
  }

  private dropIdle(): void {
    const oldest = this.buckets.keys().next().value;
    if (this.buckets.size > maximumBuckets && oldest !== undefined) this.buckets.delete(oldest);
  }
}
