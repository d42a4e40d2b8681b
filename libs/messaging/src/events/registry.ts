import { eventCatalogue, topicPath, topics, type EventDefinition, type TopicDefinition } from '@risk-budget/contracts';
import { unknownTopic } from '../errors.js';
import { byType } from './codec.js';

/** The topics and event types that a process knows: the catalogue, or a test's own. */
export class EventRegistry {
  readonly byType: ReadonlyMap<string, EventDefinition>;
  private readonly topics: ReadonlyMap<string, TopicDefinition>;

  constructor(definitions: readonly EventDefinition[] = eventCatalogue) {
    this.byType = byType(definitions);
    const known = [...Object.values(topics), ...definitions.map((definition) => definition.topic)];
    this.topics = new Map(known.map((topic) => [topic.name, topic]));
  }

  /** @throws `MESSAGING.UNKNOWN_TOPIC` */
  topic(name: string): TopicDefinition {
    const topic = this.topics.get(name);
    if (topic === undefined) throw unknownTopic(name);
    return topic;
  }

  /** Every known topic, for a driver that wants their kinds and retention. */
  all(): TopicDefinition[] {
    return [...this.topics.values()];
  }
}

/** What a driver needs to know of a topic. */
export interface TopicPolicy {
  state: boolean;
  retentionDays: number;
  sentAgain: boolean;
}

/** Policies of topics by path. */
export type TopicPolicies = ReadonlyMap<string, TopicPolicy>;

export function topicPolicies(definitions: Iterable<TopicDefinition> = Object.values(topics)): TopicPolicies {
  return new Map(
    [...definitions].map((topic) => [
      topicPath(topic),
      {
        state: topic.kind === 'state',
        retentionDays: topic.retentionDays,
        sentAgain: topic.sentAgain ?? false,
      },
    ]),
  );
}
