import { createDriver, Messaging } from '@risk-budget/messaging';
import { createPersistence } from '@risk-budget/persistence';
import { definitions, orders, testTopics } from './events.js';
import { record } from './harness-handlers.js';

/** An instance of `second` in a process of its own: says `ready`, then a line for each batch with its latest delay in ms. */
const [databaseUrl = '', messagingUrl = '', name = 'child'] = process.argv.slice(2);
const persistence = await createPersistence({ url: databaseUrl, schema: 'second', timescale: 'off', poolSize: 4 });
const driver = createDriver(messagingUrl, { topics: testTopics });
const messaging = new Messaging({ service: 'second', definitions, persistence, driver });
messaging.on(orders.name, async (events, batch) => {
  const delay = Date.now() - Date.parse(events.at(-1)?.recordedAt ?? '');
  await record(name)(events, batch);
  process.stdout.write(`batch ${events.length} ${delay}\n`);
});
await messaging.start();
process.stdout.write('ready\n');
process.on('SIGTERM', () => {
  void messaging
    .stop()
    .then(() => driver.close())
    .then(() => persistence.close())
    .then(() => process.stdout.write('stopped\n'));
});
