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
import { WebSocketProducer } from './websocket-producer.js';
import { BrokerSocket } from './socket.js';

/** Messages that the broker's side of a WebSocket holds ready. */
const QUEUE = 200;

/**
 * Pulsar's WebSocket API. Of its pitfalls: batching is off, for it breaks the order of keys on Key_Shared; nothing is acknowledged
 * negatively, for that breaks it too; consumers pull, so that what is on its way is bounded by permits.
 */
export class WebSocketTransport implements PulsarTransport {
  constructor(private readonly access: PulsarAccess) {}

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  producer(topic: string, onClosed: (error: unknown) => void): Promise<ProducerLink> {
    return WebSocketProducer.open(this.access, `/ws/v2/producer/${pathOf(topic)}?batchingEnabled=false`, onClosed);
  }

  async consumer(request: ConsumerRequest, events: LinkEvents): Promise<ConsumerLink> {
    const { topic, subscription, name } = request;
    const parameters = new URLSearchParams({
      subscriptionType: 'Key_Shared',
      pullMode: 'true',
      receiverQueueSize: String(QUEUE),
      consumerName: name,
    });
    const path = `/ws/v2/consumer/${pathOf(topic)}/${encodeURIComponent(subscription)}?${parameters.toString()}`;
    const socket = await this.receive(path, events);
    return {
      granted: 0,
      permit: (count) => socket.send({ type: 'permit', permitMessages: count }),
      acknowledge: (position) => socket.send({ messageId: idOf(position) }),
      close: () => socket.close(),
    };
  }

  async reader(
    topic: string,
    after: Position | 'earliest',
    window: number,
    events: LinkEvents,
  ): Promise<ReceivingLink> {
    const messageId = after === 'earliest' ? after : idOf(after);
    const parameters = new URLSearchParams({ messageId, receiverQueueSize: String(window) });
    const socket = await this.receive(`/ws/v2/reader/${pathOf(topic)}?${parameters.toString()}`, events);
    return {
      granted: window,
      // A reader is not pulled: each acknowledgement lets one more come, and settles nothing.
      permit: (count) => {
        for (let n = 0; n < count; n++) socket.send({ messageId: '' });
      },
      close: () => socket.close(),
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private receive(path: string, events: LinkEvents): Promise<BrokerSocket> {
    return BrokerSocket.open(this.access, path, {
      onText: (text) => {
        const frame = JSON.parse(text) as Frame;
        if (frame.messageId !== undefined) events.onMessage(toArrived(frame));
      },
      onClosed: (error) => events.onClosed(error),
    });
  }
}

interface Frame {
  messageId?: string;
  /** Base64 */
  payload?: string;
  properties?: Record<string, string> | null;
  publishTime?: string;
  key?: string | null;
}

function toArrived(frame: Frame): ArrivedMessage {
  return {
    ...decodeMessageId(Buffer.from(frame.messageId ?? '', 'base64')),
    key: frame.key ?? '',
    properties: frame.properties ?? {},
    payload: Buffer.from(frame.payload ?? '', 'base64').toString('utf8'),
    publishedAt: new Date(frame.publishTime ?? 0).toISOString(),
  };
}

function idOf(position: Position): string {
  return encodeEntryId(position).toString('base64');
}

function pathOf(topic: string): string {
  return `persistent/${topic.split('/').map(encodeURIComponent).join('/')}`;
}
