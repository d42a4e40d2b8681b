import { z } from 'zod';
import type { RestClient } from './rest-client.js';

const parkedKeys = z.object({ items: z.array(z.object({ id: z.string(), topic: z.string(), key: z.string() })) });
const replayed = z.object({ replayed: z.number(), remaining: z.number() });

/** What an operator does about parked messages. */
export class OperatorDesk {
  constructor(
    private readonly rest: RestClient,
    private readonly token: string,
  ) {}

  /**
   * Lets a service handle the parked messages of a key again.
   *
   * @throws Error when nothing is parked there, or something is refused again
   */
  async replayParked(service: string, topic: string, key: string): Promise<void> {
    const { token } = this;
    const path = '/v1/messaging/parked-keys';
    const { items } = await this.rest.call({ service, method: 'GET', path, token }, parkedKeys);
    const parked = items.find((item) => item.topic === topic && item.key === key);
    if (parked === undefined) throw new Error(`${service} should have parked ${key} of ${topic}, and has not`);
    const result = await this.rest.call(
      { service, method: 'POST', path: `${path}/${parked.id}/replay`, token },
      replayed,
    );
    if (result.remaining > 0) throw new Error(`${service} refused ${key} of ${topic} again`);
  }
}
