import type { PulsarAccess } from '../access.js';
import { decodeMessageId, encodeEntryId, type Position } from '../message-id.js';
import type {
  ArrivedMessage,
  ConsumerLink,
  ConsumerRequest,
  LinkEvents,
  ProducerLink,
  PulsarTransport,
  ReceivingLink,
} from '../transport.js';
import { loadNativeClient, type NativeClient, type NativeMessage, type NativeModule } from './native-client.js';

const QUEUE = 200;

/** Pulsar's own client over its binary protocol. It opens lost connections again by itself. */
export class NativeTransport implements PulsarTransport {
  private loaded: Promise<{ module: NativeModule; client: NativeClient }> | undefined;

  constructor(private readonly access: PulsarAccess) {}

  async prepare(): Promise<void> {
    await this.open();
  }

  async producer(topic: string): Promise<ProducerLink> {
    const { client } = await this.open();
    const producer = await client.createProducer({
      topic: nameOf(topic),
      batchingEnabled: false,
      sendTimeoutMs: 30_000,
      blockIfQueueFull: false,
      maxPendingMessages: 1_000,
    });
    return {
      send: async ({ key, properties, payload }) => {
        await producer.send({ data: Buffer.from(payload), partitionKey: key, properties });
      },
      close: async () => void (await producer.close()),
    };
  }

  async consumer({ topic, subscription, name }: ConsumerRequest, events: LinkEvents): Promise<ConsumerLink> {
    const { module, client } = await this.open();
    const consumer = await client.subscribe({
      topic: nameOf(topic),
      subscription,
      subscriptionType: 'KeyShared',
      consumerName: name,
      receiverQueueSize: QUEUE,
    });
    return {
      ...permitted(() => consumer.receive(), events, 0),
      // Of a lost acknowledgement the message comes again, and the inbox knows it.
      acknowledge: (position) =>
        void consumer.acknowledgeId(module.MessageId.deserialize(encodeEntryId(position))).catch(() => undefined),
      close: async () => void (await consumer.close()),
    };
  }

  async reader(
    topic: string,
    after: Position | 'earliest',
    window: number,
    events: LinkEvents,
  ): Promise<ReceivingLink> {
    const { module, client } = await this.open();
    const reader = await client.createReader({
      topic: nameOf(topic),
      startMessageId:
        after === 'earliest' ? module.MessageId.earliest() : module.MessageId.deserialize(encodeEntryId(after)),
      receiverQueueSize: window,
    });
    return {
      ...permitted(() => reader.readNext(), events, window),
      close: async () => void (await reader.close()),
    };
  }

  async close(): Promise<void> {
    const opened = await this.loaded?.catch(() => undefined);
    await opened?.client.close();
  }

  private open(): Promise<{ module: NativeModule; client: NativeClient }> {
    this.loaded ??= this.connect();
    this.loaded.catch(() => (this.loaded = undefined));
    return this.loaded;
  }

  private async connect(): Promise<{ module: NativeModule; client: NativeClient }> {
    const module = await loadNativeClient();
    const { access } = this;
    const authentication =
      (await access.token()) === undefined
        ? {}
        : {
            authentication: new module.AuthenticationToken({
              token: async () => (await access.token()) ?? '',
            }),
          };
    const trust = access.caFile === undefined ? {} : { tlsTrustCertsFilePath: access.caFile };
    const client = new module.Client({
      serviceUrl: access.serviceUrl,
      operationTimeoutSeconds: 10,
      tlsValidateHostname: true,
      ...authentication,
      ...trust,
    });
    return { module, client };
  }
}

/** One message is received for each permit, one after the other. */
function permitted(
  next: () => Promise<NativeMessage>,
  events: LinkEvents,
  granted: number,
): Pick<ReceivingLink, 'granted' | 'permit'> {
  let open = granted;
  let receiving = false;
  const receive = async (): Promise<void> => {
    receiving = true;
    try {
      for (; open > 0; open--) events.onMessage(toArrived(await next()));
    } catch (error) {
      events.onClosed(error);
    }
    receiving = false;
  };
  // Not before the caller has the link in hand.
  if (granted > 0) setImmediate(() => void receive());
  return {
    granted,
    permit: (count) => {
      open += count;
      if (!receiving) void receive();
    },
  };
}

function toArrived(message: NativeMessage): ArrivedMessage {
  return {
    ...decodeMessageId(message.getMessageId().serialize()),
    key: message.getPartitionKey(),
    properties: message.getProperties(),
    payload: message.getData().toString('utf8'),
    publishedAt: new Date(message.getPublishTimestamp()).toISOString(),
  };
}

function nameOf(topic: string): string {
  return `persistent://${topic}`;
}
