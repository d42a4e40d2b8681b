import type { z } from 'zod';

export type TopicNamespace = 'upstream' | 'events';

/** `state`: the last full state per key is kept for ever. `flow`: kept for the topic's retention. */
export type TopicKind = 'state' | 'flow';

/** The seven data-carrying services, the platform, and the systems around us. */
export type TopicOwner =
  'upstream' | 'forecasting' | 'allocation' | 'utilization' | 'limits' | 'stress' | 'attribution' | 'platform';

export interface TopicDefinition {
  /** Name within its namespace, for example `utilization.snapshots`. */
  readonly name: string;
  readonly namespace: TopicNamespace;
  readonly kind: TopicKind;
  readonly owner: TopicOwner;
  /** What the key is, in words. */
  readonly keyedBy: string;
  readonly description: string;
  /** Days that a flow topic keeps a message; state topics keep the last per key whatever its age. */
  readonly retentionDays: number;
  /**
   * Whether its publishers say again what was lost with a failing log, and its readers can ask for the last: a driver then
   * need not wait until a message is on disk.
   */
  readonly sentAgain?: boolean;
}

/** One type of event on one topic: the schema of its data and the key that orders it. */
export interface EventDefinition<Data = unknown> {
  readonly topic: TopicDefinition;
  /** Ends in `.v1`: within a version only optional fields are added. */
  readonly type: string;
  readonly description: string;
  readonly schema: z.ZodType<Data>;
  /** Key of this event: the portfolio, or the instrument. */
  key(data: Data): string;
  /**
   * The arrays of `data` that may be cut into parts when the event exceeds the message limit: `nodes`, or `trees[].nodes` for those of each
   * tree; none for an event that is always one message. Each part repeats the other fields and fits the schema by itself; a consumer
   * concatenates each array in the order of `part`.
   */
  readonly rows: readonly string[];
}

export type EventData<Definition> = Definition extends EventDefinition<infer Data> ? Data : never;

/** Declares an event; a definition is data and registers itself nowhere. */
export function defineEvent<Schema extends z.ZodType>(options: {
  topic: TopicDefinition;
  type: string;
  description: string;
  schema: Schema;
  key: (data: z.output<Schema>) => string;
  rows?: readonly string[];
}): EventDefinition<z.output<Schema>> {
  return {
    topic: options.topic,
    type: options.type,
    description: options.description,
    schema: options.schema as unknown as z.ZodType<z.output<Schema>>,
    key: options.key,
    rows: options.rows ?? [],
  };
}
