import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { until, type Harness } from '../harness.js';

const topic = 'events/test.orders';
const message = (n: number) => ({ topic, key: 'a', orderingKey: 'a', payload: JSON.stringify({ n }) });

/** What is peculiar to WebSockets. */
export function socketPromises(current: () => Harness): void {
  describe('sockets', () => {
    it('stay open beyond the idle timeout, at which the broker closes one that does not ping', async () => {
      const { lab } = current();
      const idleMs = lab.idleMs ?? 0;
      const url = new URL(lab.url);
      const tenant = url.searchParams.get('tenant') ?? '';
      const silent = new WebSocket(`ws://${url.host}/ws/v2/reader/persistent/${tenant}/${topic}`, {
        headers: { authorization: `Bearer ${lab.secrets?.token ?? ''}` },
      });
      let closed = false;
      silent.on('close', () => (closed = true));
      await new Promise((resolve, reject) => {
        silent.once('open', resolve);
        silent.once('error', reject);
      });
      const [writer, reader] = [current().driver(), current().driver()];
      const troubles: unknown[] = [];
      const got: number[] = [];
      const options = {
        topic,
        onTrouble: (error: unknown) => void (error === undefined || troubles.push(error)),
        onMessages: (messages: readonly { payload: string }[]) =>
          void got.push(...messages.map(({ payload }) => (JSON.parse(payload) as { n: number }).n)),
      };
      await reader.subscribe({ ...options, subscription: 'idle', mode: 'shared' });
      await reader.subscribe({ ...options, subscription: 'idle', mode: 'fanOut' });
      await writer.publish([message(1)]);
      await until(() => got.length === 2);
      await until(() => closed, (idleMs * 3) / 1_000);
      await sleep(idleMs);
      await writer.publish([message(2)]);
      await until(() => got.length === 4);
      expect(got).toEqual([1, 1, 2, 2]);
      expect(troubles).toEqual([]);
    });

    it('with a wrong token are refused with a code that the infrastructure is to blame for, and nothing is taken as stored', async () => {
      const driver = current().lab.connect({ token: 'wrong' });
      try {
        await expect(driver.publish([message(1)])).rejects.toMatchObject({
          code: 'MESSAGING.BROKER_REFUSED',
          infrastructure: true,
        });
        await expect(
          driver.subscribe({ topic, subscription: 's', mode: 'shared', onMessages: () => undefined }),
        ).rejects.toMatchObject({ code: 'MESSAGING.BROKER_REFUSED' });
      } finally {
        await driver.close();
      }
    });

    it('for a topic that nobody provisioned are refused, naming the command that provisions', async () => {
      await expect(
        current()
          .driver()
          .publish([{ ...message(1), topic: 'events/test.nowhere' }]),
      ).rejects.toMatchObject({
        infrastructure: true,
      });
      await expect(
        current()
          .driver()
          .subscribe({ topic: 'events/test.nowhere', subscription: 's', mode: 'shared', onMessages: () => undefined }),
      ).rejects.toMatchObject({
        code: 'MESSAGING.BROKER_REFUSED',
        detail: expect.stringContaining('pulsar:provision') as string,
      });
    });
  });
}
