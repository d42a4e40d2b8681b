import { CodedError } from '@risk-budget/contracts';
import { RateLimiter } from './rate-limiter.js';

const reply = { header: () => reply } as never;

describe('rate limiter', () => {
  it('lets a burst through, then the steady rate, and says when to come back', () => {
    let now = 0;
    const limiter = new RateLimiter(60, () => now);
    for (let i = 0; i < 10; i++) limiter.take('a', reply);
    expect(refusal(limiter)?.retryAfterSeconds).toBeCloseTo(1, 6);
    now = 1000;
    expect(refusal(limiter)).toBeUndefined();
    expect(refusal(limiter)).toBeDefined();
  });

  it('counts clients apart, and nobody when it is off', () => {
    const limiter = new RateLimiter(6, () => 0);
    limiter.take('a', reply);
    expect(refusal(limiter)?.status).toBe(429);
    expect(() => limiter.take('b', reply)).not.toThrow();
    const off = new RateLimiter('off');
    for (let i = 0; i < 1000; i++) off.take('a', reply);
  });
});

function refusal(limiter: RateLimiter): CodedError | undefined {
  try {
    limiter.take('a', reply);
    return undefined;
  } catch (error) {
    if (CodedError.is(error)) return error;
    throw error;
  }
}
