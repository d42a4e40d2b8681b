export { createDriver, type DriverOptions } from './driver/create-driver.js';
export type {
  MessagingDriver,
  OutgoingMessage,
  ReadOptions,
  StartFrom,
  StoredMessage,
  SubscribeOptions,
  Subscription,
} from './driver/driver.js';
export { busMigrations } from './driver/embedded/bus-migrations.js';
export { provisionBus, type ProvisionBusOptions } from './driver/embedded/provision-bus.js';
export { causedBy, currentEventContext, withEventContext, type EventContext } from './events/event-context.js';
export { brokerAccessOf, type BrokerAccess, type BrokerAccessVariables } from './driver/pulsar/access.js';
export {
  brokerTopics,
  OPERATOR_ROLE,
  READER_ROLE,
  UPSTREAM_ROLE,
  type BrokerService,
  type BrokerTopic,
} from './driver/pulsar/provision/layout.js';
export {
  provisionPulsar,
  type ProvisionPulsarOptions,
  type PulsarPlan,
} from './driver/pulsar/provision/provision-pulsar.js';
export type { EventInput, ReceivedEvent } from './events/received-event.js';
export type { BatchTrace, MessagingTracing } from './events/tracing.js';
export type { BatchHandler } from './handlers.js';
export type { Trouble } from './inbox/trouble.js';
export type { JoinOptions, RebuildContext } from './joining.js';
export { Messaging, type MessagingHealth, type MessagingOptions } from './messaging.js';
export {
  noLog,
  noMetrics,
  type FailureKind,
  type MessagingLog,
  type MessagingMetrics,
  type SkipReason,
} from './metrics.js';
export { messagingMigrations } from './migrations.js';
export { BatchContext, type BatchEventInput } from './nest/batch-context.js';
export { connectMessaging } from './nest/connect-messaging.js';
export { EventFailureFilter } from './nest/event-failure.filter.js';
export type { HandlerOptions } from './nest/handler-options.js';
export { MessagingClient, type ClientEvent } from './nest/messaging-client.js';
export { MessagingServer } from './nest/messaging-server.js';
export { DeadLetters, type DeadLetter } from './operator/dead-letters.js';
export type { Page, PageRequest } from './operator/page.js';
export { ParkedMessages, type ParkedKey, type ParkedMessage, type ReplayResult } from './operator/parked-messages.js';
export { Outbox, type OutboxInput } from './outbox/outbox.js';
export { PublishedStates } from './outbox/published-states.js';
export { deadLetterTopic } from './outbox/relay.js';
export { PROGRESS_COUNTS, ProgressCounter, progressOf, type Progress, type ProgressCount } from './progress.js';
export { createUpstreamPublisher, NumberedPublisher, type NumberedEvent } from './upstream/numbered-publisher.js';
export { readEvents, type ReadEventsOptions } from './upstream/read-events.js';
