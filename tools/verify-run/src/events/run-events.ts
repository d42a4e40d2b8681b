import {
  envelope,
  eventCatalogue,
  joinRows,
  topicPath,
  type Envelope,
  type EventDefinition,
} from '@risk-budget/contracts';

/** A message as a topic holds it. */
export interface LoggedMessage {
  /** `<namespace>/<name>`. */
  readonly topic: string;
  /** The envelope as JSON. */
  readonly payload: string;
  /** Wall clock of the log when it took the message. */
  readonly publishedAt: string;
}

/** One event of the run, whole. */
export interface RunEvent<Data> {
  /** Place of its last message among all messages of its topic. */
  readonly order: number;
  readonly envelope: Envelope;
  readonly data: Data;
  /** Wall clock of the log when it took its last message. */
  readonly publishedAt: string;
}

/** A message that is not what its topic promises. */
export interface UnreadableMessage {
  readonly topic: string;
  readonly problem: string;
}

/** All messages of a run, read once. */
export class RunEvents {
  /** Envelopes by topic in the order of the topic, repeated messages included. */
  readonly envelopes = new Map<string, Envelope[]>();
  readonly unreadable: UnreadableMessage[] = [];
  private readonly events = new Map<string, RunEvent<unknown>[]>();

  constructor(messages: readonly LoggedMessage[]) {
    const definitions = new Map(eventCatalogue.map((definition) => [definition.type, definition]));
    const seen = new Set<string>();
    const sets = new Map<string, Envelope[]>();
    for (const message of messages) {
      const head = this.readEnvelope(message);
      if (head === undefined) continue;
      const all = this.envelopes.get(message.topic) ?? [];
      this.envelopes.set(message.topic, all);
      all.push(head);
      const name = `${message.topic} ${head.id}`;
      if (seen.has(name)) continue;
      seen.add(name);
      const whole = mergeParts(head, definitions.get(head.type)?.rows ?? [], sets);
      if (whole !== undefined) this.readData(message, whole, all.length, definitions.get(head.type));
    }
    for (const setId of sets.keys()) this.unreadable.push({ topic: 'any', problem: `the set ${setId} is not whole` });
  }

  /** The events of one definition, each once, in the order of their topic. */
  of<Data>(definition: EventDefinition<Data>): readonly RunEvent<Data>[] {
    return (this.events.get(definition.type) ?? []) as readonly RunEvent<Data>[];
  }

  private readEnvelope(message: LoggedMessage): Envelope | undefined {
    try {
      return envelope.parse(JSON.parse(message.payload));
    } catch (error) {
      this.unreadable.push({ topic: message.topic, problem: error instanceof Error ? error.message : String(error) });
      return undefined;
    }
  }

  private readData(
    { topic, publishedAt }: LoggedMessage,
    whole: Envelope,
    order: number,
    definition: EventDefinition | undefined,
  ): void {
    if (definition === undefined || topicPath(definition.topic) !== topic) {
      this.unreadable.push({ topic, problem: `${whole.type} (${whole.id}) does not belong on this topic` });
      return;
    }
    const parsed = definition.schema.safeParse(whole.data);
    if (!parsed.success) {
      this.unreadable.push({ topic, problem: `${whole.type} (${whole.id}): ${parsed.error.message}` });
      return;
    }
    const events = this.events.get(whole.type) ?? [];
    this.events.set(whole.type, events);
    events.push({ order, envelope: whole, data: parsed.data, publishedAt });
  }
}

/** An envelope that is whole: itself, or the set that its part completes with the rows of all parts in order. */
function mergeParts(head: Envelope, rows: readonly string[], sets: Map<string, Envelope[]>): Envelope | undefined {
  if (head.setid === undefined || head.parts === undefined || rows.length === 0) return head;
  const parts = [...(sets.get(head.setid) ?? []), head];
  sets.set(head.setid, parts);
  if (parts.length < head.parts) return undefined;
  sets.delete(head.setid);
  parts.sort((a, b) => (a.part ?? 0) - (b.part ?? 0));
  const data = joinRows(
    parts.map((part) => part.data),
    rows,
  );
  return { ...(parts[0] ?? head), data };
}
