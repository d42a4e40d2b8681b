import 'reflect-metadata';
import { Controller, Inject, Injectable, Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { CodedError } from '@risk-budget/contracts';
import {
  BatchContext,
  EventFailureFilter,
  MessagingServer,
  type Messaging,
  type ReceivedEvent,
} from '@risk-budget/messaging';
import { execute } from '@risk-budget/persistence';
import { lastValueFrom } from 'rxjs';
import { answered, answers, orderPlaced, orders } from '../support/events.js';
import { byKey, effectsOf, occurredAt, until, useHarness } from '../support/harness.js';
import { makeEmbeddedDriver } from '../support/embedded-lab.js';

interface Order {
  key: string;
  n: number;
}

@Injectable()
class Effects {
  async leave(batch: BatchContext, event: ReceivedEvent<Order>, instance: string): Promise<void> {
    await execute(batch.tx, 'INSERT INTO effect (key, n, instance) VALUES ($1, $2, $3)', [
      event.key,
      event.data.n,
      instance,
    ]);
  }
}

@Controller()
class OrdersConsumer {
  constructor(@Inject(Effects) private readonly effects: Effects) {}

  @EventPattern<string>(orders.name)
  async onOrders(@Payload() events: ReceivedEvent<Order>[], @Ctx() batch: BatchContext): Promise<void> {
    for (const event of events) {
      if (event.data.n < 0) throw new CodedError({ code: 'TEST.NEGATIVE', status: 422, detail: 'no negative orders' });
      await this.effects.leave(batch, event, 'first handler');
      await batch.emit(answered, { occurredAt: event.occurredAt, data: { key: event.key, n: event.data.n } });
    }
  }
}

@Controller()
class AuditConsumer {
  constructor(@Inject(Effects) private readonly effects: Effects) {}

  @EventPattern<string>(orders.name)
  async audit(@Payload() events: ReceivedEvent<Order>[], @Ctx() batch: BatchContext): Promise<void> {
    for (const event of events) await this.effects.leave(batch, event, 'second handler');
  }
}

@Module({
  controllers: [OrdersConsumer, AuditConsumer],
  providers: [Effects],
})
class OrdersModule {}

describe('messaging as a Nest transport', () => {
  const harness = useHarness(makeEmbeddedDriver);
  const apps: INestMicroservice[] = [];
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });

  const start = async (messaging: Messaging): Promise<INestMicroservice> => {
    const app = await NestFactory.createMicroservice(OrdersModule, {
      strategy: new MessagingServer(messaging),
      logger: false,
    });
    apps.push(app);
    app.useGlobalFilters(new EventFailureFilter());
    await app.listen();
    return app;
  };

  it('runs every handler of a topic in order, and parks what one refuses with its own code', async () => {
    const { messaging, persistence } = await harness().instance('second');
    await start(messaging);
    const publisher = harness().publisher();
    await publisher.publishMany(
      orderPlaced,
      [1, 2, -3].map((n) => ({ occurredAt, data: { key: n < 0 ? 'bad' : 'good', n } })),
    );
    await until(async () => (await messaging.parked.list()).items.length === 1);
    await until(async () => (await effectsOf(persistence)).length === 4);
    expect((await messaging.parked.list()).items[0]).toMatchObject({
      errorCode: 'TEST.NEGATIVE',
      error: 'no negative orders',
      attempts: 1,
    });
    const effects = await effectsOf(persistence);
    expect(byKey(effects.filter(({ instance }) => instance === 'first handler'))).toEqual({ good: [1, 2] });
    expect(byKey(effects.filter(({ instance }) => instance === 'second handler'))).toEqual({ good: [1, 2] });
    expect((await messaging.progress.read()).published).toEqual({ [answers.name]: 2 });
  });

  it('stops with its application', async () => {
    const { messaging } = await harness().instance('second');
    const app = await start(messaging);
    expect(messaging.health().ready).toBe(true);
    await app.close();
    expect(messaging.health().ready).toBe(false);
  });

  it('emits by the outbox in a transaction, and at once without one', async () => {
    const { messaging, persistence, driver } = await harness().instance('first');
    const { client } = messaging;
    const event = (n: number) => ({ occurredAt, data: { key: 'a', n } });
    await lastValueFrom(client.emit(orderPlaced, event(1)), { defaultValue: undefined });
    await persistence.transaction(async (tx) => {
      await lastValueFrom(client.emit('order.answered.v1', { tx, ...event(2) }), { defaultValue: undefined });
    });
    expect(await driver.last(`events/${orders.name}`, 'a')).toBeDefined();
    expect(await persistence.query('SELECT topic, sequence FROM outbox')).toEqual([
      { topic: answers.name, sequence: 1 },
    ]);
    const unknown = lastValueFrom(client.emit('nothing.v1', event(3)));
    await expect(unknown).rejects.toMatchObject({ code: 'MESSAGING.UNKNOWN_TOPIC' });
    await expect(lastValueFrom(client.send(orderPlaced, event(4)))).rejects.toMatchObject({
      code: 'MESSAGING.UNSUPPORTED',
    });
  });

  it('refuses request handlers, topics that no catalogue names, and options without a meaning', async () => {
    const { messaging } = await harness().instance('second');
    const server = new MessagingServer(messaging);
    const handler = () => Promise.resolve();
    expect(() => server.addHandler(orders.name, handler, false)).toThrow(
      expect.objectContaining({ code: 'MESSAGING.UNSUPPORTED' }),
    );
    expect(() => server.addHandler('no.such', handler, true)).toThrow(
      expect.objectContaining({ code: 'MESSAGING.UNKNOWN_TOPIC' }),
    );
    expect(() => server.addHandler(orders.name, handler, true, { fromm: 'latest' })).toThrow(
      expect.objectContaining({ code: 'MESSAGING.UNSUPPORTED' }),
    );
  });

  it('gives a fan-out handler every message in every instance, without a transaction', async () => {
    const seen: number[][] = [[], []];
    for (const list of seen) {
      const { messaging } = await harness().instance('second');
      messaging.on(
        orders.name,
        (events, batch) => {
          expect(() => batch.tx).toThrow('no transaction');
          list.push(...events.map((event) => (event.data as Order).n));
          return Promise.resolve();
        },
        { fanOut: true },
      );
      await messaging.start();
    }
    await harness()
      .publisher()
      .publishMany(
        orderPlaced,
        [1, 2].map((n) => ({ occurredAt, data: { key: 'a', n } })),
      );
    await until(() => seen.every((list) => list.length === 2));
    expect(seen).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });
});
