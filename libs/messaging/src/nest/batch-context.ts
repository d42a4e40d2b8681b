import { BaseRpcContext } from '@nestjs/microservices';
import type { EventDefinition } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';
import type { EventInput, ReceivedEvent } from '../events/received-event.js';

/** How a handler writes an event; `cause` is the event it follows from, by default the last one of the batch with its key, else the last. */
export interface BatchEventInput<Data> extends EventInput<Data> {
  cause?: ReceivedEvent;
}

/** What a batch gives its handler beside the events: the transaction that everything it does commits with. */
export class BatchContext extends BaseRpcContext<[]> {
  constructor(
    /** Name of the topic. */
    readonly topic: string,
    /** Which attempt this is, from 1. */
    readonly attempt: number,
    /** Whether an operator replays parked messages or a dead letter. */
    readonly replay: boolean,
    private readonly parts: {
      tx: Tx | undefined;
      emit: <Data>(definition: EventDefinition<Data>, input: BatchEventInput<Data>) => Promise<string>;
      traceparentOf: (event: ReceivedEvent) => string | undefined;
    },
  ) {
    super([]);
  }

  /** Writes here commit with the inbox marks and the events written. @throws TypeError in a fan-out handler, which has none */
  get tx(): Tx {
    if (this.parts.tx === undefined) throw new TypeError(`the fan-out handler of ${this.topic} has no transaction`);
    return this.parts.tx;
  }

  /** W3C context of the span in which an event of the batch is handled. */
  traceparentOf(event: ReceivedEvent): string | undefined {
    return this.parts.traceparentOf(event);
  }

  /** Writes an event into the outbox, in this transaction. @returns the event's id */
  emit<Data>(definition: EventDefinition<Data>, input: BatchEventInput<Data>): Promise<string> {
    return this.parts.emit(definition, input);
  }
}
