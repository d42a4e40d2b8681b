import { createDriver } from '../../create-driver.js';
import { loadNativeClient } from './native-client.js';

const installed = await import('pulsar-client' as string).then(
  () => true,
  () => false,
);
const itMissing = installed ? it.skip : it;

describe('the native client', () => {
  itMissing('that is not installed is told by a code, with what to do, when a driver wants it first', async () => {
    await expect(loadNativeClient()).rejects.toMatchObject({
      code: 'MESSAGING.NATIVE_CLIENT_MISSING',
      detail: expect.stringContaining('or use ws:// or wss://') as string,
    });
    const driver = createDriver('pulsar://127.0.0.1:1?admin=http://127.0.0.1:1');
    const message = { topic: 'events/a', key: 'k', orderingKey: 'k', payload: '{}' };
    await expect(driver.publish([message])).rejects.toMatchObject({
      code: 'MESSAGING.NATIVE_CLIENT_MISSING',
    });
    await expect(
      driver.subscribe({ topic: 'events/a', subscription: 's', mode: 'shared', onMessages: () => undefined }),
    ).rejects.toMatchObject({ code: 'MESSAGING.NATIVE_CLIENT_MISSING' });
    await driver.close();
  });
});
