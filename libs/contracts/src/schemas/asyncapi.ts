import { eventCatalogue } from '../catalogue.js';
import { envelopeContentType } from '../envelope.js';
import type { EventDefinition } from '../event-definition.js';
import { topicPath, topics } from '../topics.js';
import { messageSchemaOf, withoutDialect, type JsonSchema } from './json-schema.js';

/** Name of a component: AsyncAPI allows letters, digits, dot, hyphen and underscore. */
function component(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]/g, '_');
}

function channelId(path: string): string {
  return component(path.replace('/', '.'));
}

function messagesOf(topicName: string, namespace: string): EventDefinition[] {
  return eventCatalogue.filter((event) => event.topic.name === topicName && event.topic.namespace === namespace);
}

/**
 * The AsyncAPI 3.0 document of every topic: enough for a client that has none of our code to publish what we read and to read what we
 * publish. We `receive` on the upstream channels and `send` on the others.
 */
export function asyncApiDocument(version: string): JsonSchema {
  const all = Object.values(topics);
  const channels = Object.fromEntries(
    all.map((topic) => [
      channelId(topicPath(topic)),
      {
        address: `persistent://{tenant}/${topicPath(topic)}`,
        title: topic.name,
        description: `${topic.description}. ${topic.kind === 'state' ? 'State: the last full state per key is kept.' : `Flow: kept ${topic.retentionDays} days.`} Key: ${topic.keyedBy}.`,
        parameters: { tenant: { description: 'One tenant a deployment' } },
        messages: Object.fromEntries(
          messagesOf(topic.name, topic.namespace).map((event) => [
            component(event.type),
            { $ref: `#/components/messages/${component(event.type)}` },
          ]),
        ),
      },
    ]),
  );
  const operations = Object.fromEntries(
    all.map((topic) => [
      `${topic.namespace === 'upstream' ? 'receive' : 'send'}.${channelId(topicPath(topic))}`,
      {
        action: topic.namespace === 'upstream' ? 'receive' : 'send',
        channel: { $ref: `#/channels/${channelId(topicPath(topic))}` },
        summary: topic.description,
      },
    ]),
  );
  const messages = Object.fromEntries(
    eventCatalogue.map((event) => [
      component(event.type),
      {
        name: event.type,
        title: event.type,
        summary: event.description,
        description:
          event.rows.length === 0
            ? 'Always one message.'
            : `Larger than one message allows, it comes as a set: messages with the same setid, numbered part of parts; concatenate ${event.rows.map((path) => `data.${path}`).join(', ')} in that order.`,
        contentType: envelopeContentType,
        payload: {
          schemaFormat: 'application/schema+json;version=draft-07',
          schema: withoutDialect(messageSchemaOf(event, 'draft-7')),
        },
      },
    ]),
  );
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Risk Budget Service',
      version,
      description:
        'Events of the Risk Budget Service. CloudEvents 1.0 in structured JSON; `time` is business time; order is kept within `subject`, which is the key of the Pulsar message: publish without batching, or with batching by key; within a version only optional fields are added; ignore fields and survive values that you do not know.',
    },
    defaultContentType: envelopeContentType,
    channels,
    operations,
    components: { messages },
  };
}
