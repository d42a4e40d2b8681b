import { envelope, type Envelope, type EventDefinition, type FieldProblem } from '@risk-budget/contracts';
import type { z } from 'zod';
import type { ReceivedEvent } from './received-event.js';

/** Why a message cannot be read; it goes to the dead letters with this reason. */
export class UnreadableMessage extends Error {
  constructor(
    readonly reason: string,
    /** What could be read of its envelope, so that its publisher's count can be settled. */
    readonly envelope: Envelope | undefined,
  ) {
    super(reason);
    this.name = 'UnreadableMessage';
  }
}

/** A message read: its envelope, its definition (undefined for a type of another version), and its checked data. */
export interface DecodedMessage {
  envelope: Envelope;
  definition: EventDefinition | undefined;
  data: unknown;
}

/** @throws UnreadableMessage when the text is no JSON, no envelope, or its data do not fit the schema */
export function decode(payload: string, definitions: ReadonlyMap<string, EventDefinition>): DecodedMessage {
  const head = decodeEnvelope(payload);
  const definition = definitions.get(head.type);
  if (definition === undefined) return { envelope: head, definition, data: head.data };
  if (partial(head)) throw new UnreadableMessage('a part without its set, number or count', head);
  const parsed = definition.schema.safeParse(head.data);
  if (!parsed.success) throw new UnreadableMessage(describe(parsed.error), head);
  return { envelope: head, definition, data: parsed.data };
}

export function decodeEnvelope(payload: string): Envelope {
  let json: unknown;
  try {
    json = JSON.parse(payload);
  } catch (error) {
    throw new UnreadableMessage(`no JSON: ${error instanceof Error ? error.message : String(error)}`, undefined);
  }
  const parsed = envelope.safeParse(json);
  if (!parsed.success) throw new UnreadableMessage(`no envelope: ${describe(parsed.error)}`, undefined);
  return parsed.data;
}

export function toReceivedEvent(topic: string, head: Envelope, data: unknown): ReceivedEvent {
  return {
    id: head.id,
    topic,
    type: head.type,
    key: head.subject,
    source: head.source,
    sequence: head.sequence,
    occurredAt: head.time,
    recordedAt: head.recordedat,
    correlationId: head.correlationid,
    ...(head.causationid === undefined ? {} : { causationId: head.causationid }),
    ...(head.traceparent === undefined ? {} : { traceparent: head.traceparent }),
    ...(head.actor === undefined ? {} : { actor: head.actor }),
    data,
  };
}

/** Definitions by type. Two of one type are a mistake in the catalogue. */
export function byType(definitions: readonly EventDefinition[]): ReadonlyMap<string, EventDefinition> {
  return new Map(definitions.map((definition) => [definition.type, definition]));
}

export function fieldProblems(error: z.ZodError): FieldProblem[] {
  return error.issues.slice(0, 20).map((issue) => ({ field: pathOf(issue.path) || '(all)', problem: issue.message }));
}

function describe(error: z.ZodError): string {
  const problems = fieldProblems(error).slice(0, 5);
  return problems.map(({ field, problem }) => `${field}: ${problem}`).join('; ');
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, step) =>
      typeof step === 'number' ? `${text}[${step}]` : text === '' ? String(step) : `${text}.${String(step)}`,
    '',
  );
}

function partial(head: Envelope): boolean {
  const present = [head.setid, head.part, head.parts].filter((value) => value !== undefined).length;
  return present !== 0 && (present !== 3 || (head.part ?? 0) > (head.parts ?? 0));
}
