import { ClientProxy, type ReadPacket } from '@nestjs/microservices';
import type { EventDefinition } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';
import { unknownTopic, unsupported } from '../errors.js';
import type { EventRegistry } from '../events/registry.js';
import type { OutboxInput, Outbox } from '../outbox/outbox.js';
import type { NumberedPublisher } from '../upstream/numbered-publisher.js';

/** What a client emits: in a transaction by the outbox; without one at once, for what belongs to no transaction. */
export interface ClientEvent<Data> extends OutboxInput<Data> {
  tx?: Tx;
}

/**
 * Nest's client for events: `client.emit(definition, { tx, occurredAt, data })`. With a transaction the event commits
 * with it; without one it is published at once, as for `platform.clock-reached`.
 */
export class MessagingClient extends ClientProxy {
  constructor(
    private readonly outbox: Outbox,
    private readonly direct: NumberedPublisher,
    private readonly registry: EventRegistry,
    private readonly onPublished: (topic: string) => void,
  ) {
    super();
  }

  /** Like `emit`, checked by the compiler. @returns the event's id */
  async emitEvent<Data>(definition: EventDefinition<Data>, event: ClientEvent<Data>): Promise<string> {
    const { tx, ...input } = event;
    if (tx !== undefined) return this.outbox.emit(tx, definition, input);
    const { id } = await this.direct.publish(definition, input);
    this.onPublished(definition.topic.name);
    return id;
  }

  connect(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  unwrap<T>(): T {
    return this.direct as T;
  }

  protected override dispatchEvent<T = unknown>(packet: ReadPacket): Promise<T> {
    const definition = this.definitionOf(packet.pattern);
    return this.emitEvent(definition, packet.data as ClientEvent<unknown>) as Promise<T>;
  }

  protected override publish(): () => void {
    throw unsupported('services do not ask each other: emit an event');
  }

  private definitionOf(pattern: unknown): EventDefinition {
    if (typeof pattern === 'object' && pattern !== null && 'schema' in pattern && 'type' in pattern) {
      return pattern as EventDefinition;
    }
    const definition = this.registry.byType.get(String(pattern));
    if (definition === undefined) throw unknownTopic(String(pattern));
    return definition;
  }
}
