import { topicPath, topics, type TopicDefinition } from '@risk-budget/contracts';
import { deadLetterTopic } from '../../../outbox/relay.js';

/** A service as the broker has to know it. */
export interface BrokerService {
  name: string;
  consumes: readonly TopicDefinition[];
  publishes: readonly TopicDefinition[];
}

/** A topic to be, by its path below the tenant. */
export interface BrokerTopic {
  path: string;
  /** Undefined: for ever. */
  retentionDays: number | undefined;
  /** A subscription that keeps every message until somebody has taken it. */
  subscription: string | undefined;
  /** What each role may do. */
  permissions: Readonly<Record<string, readonly Permission[]>>;
}

export type Permission = 'produce' | 'consume';

export const namespaces = ['upstream', 'events', 'dead-letters'] as const;

/** Who takes dead letters. */
export const OPERATOR_ROLE = 'operator';

/** The systems around us: they publish on `upstream` and read what we publish. */
export const UPSTREAM_ROLE = 'upstream';

/** Those who only read what we publish: monitoring, reports, verifiers. */
export const READER_ROLE = 'reader';

const DEAD_LETTER_DAYS = 90;

/**
 * Every topic with its retention and permissions: a service may publish what it owns and read what it consumes, and no role may do
 * more. State is kept for ever: a subscription that shares keys cannot read a compacted topic.
 */
export function brokerTopics(
  services: readonly BrokerService[],
  all: readonly TopicDefinition[] = Object.values(topics),
): BrokerTopic[] {
  return [...all.map((topic) => eventTopic(topic, services)), ...services.flatMap(deadLetterTopics)];
}

function eventTopic(topic: TopicDefinition, services: readonly BrokerService[]): BrokerTopic {
  const permissions: Record<string, Permission[]> = {};
  for (const { name, consumes, publishes } of services) {
    const owned = topic.owner === 'platform' || publishes.some((one) => one.name === topic.name);
    const read = consumes.some((one) => one.name === topic.name) || topic.name === topics.clock.name;
    // Its own topics it reads as well: to number on, and to tell every instance.
    if (owned) permissions[name] = ['produce', 'consume'];
    else if (read) permissions[name] = ['consume'];
  }
  permissions[UPSTREAM_ROLE] = topic.namespace === 'upstream' ? ['produce', 'consume'] : ['consume'];
  if (topic.namespace === 'events') permissions[READER_ROLE] = ['consume'];
  return {
    path: topicPath(topic),
    retentionDays: topic.kind === 'state' ? undefined : topic.retentionDays,
    subscription: undefined,
    permissions,
  };
}

function deadLetterTopics({ name, consumes }: BrokerService): BrokerTopic[] {
  return [...consumes, topics.clock].map((topic) => ({
    path: deadLetterTopic(topic.name, name),
    retentionDays: DEAD_LETTER_DAYS,
    subscription: OPERATOR_ROLE,
    permissions: { [name]: ['produce', 'consume'], [OPERATOR_ROLE]: ['consume'] },
  }));
}
