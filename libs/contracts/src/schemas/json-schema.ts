import { z } from 'zod';
import { envelope } from '../envelope.js';
import type { EventDefinition } from '../event-definition.js';

/** The subset of JSON Schema that our schemas turn into. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** AsyncAPI asks for draft 7; everything else of ours is 2020-12. */
export type Dialect = 'draft-2020-12' | 'draft-7';

/**
 * JSON Schema of an event's data as it stands on the wire: fields with a default may be absent, unknown fields are allowed.
 */
export function dataSchemaOf(definition: EventDefinition, target: Dialect = 'draft-2020-12'): JsonSchema {
  return z.toJSONSchema(definition.schema, { io: 'input', target, unrepresentable: 'throw' }) as JsonSchema;
}

/** JSON Schema of a whole message: the CloudEvents envelope with this event's type and data. */
export function messageSchemaOf(definition: EventDefinition, target: Dialect = 'draft-2020-12'): JsonSchema {
  const base = z.toJSONSchema(envelope, { io: 'input', target }) as {
    properties: Record<string, unknown>;
    required: string[];
  };
  return {
    ...base,
    properties: {
      ...base.properties,
      type: { type: 'string', const: definition.type },
      data: withoutDialect(dataSchemaOf(definition, target)),
    },
    required: [...new Set([...base.required, 'data'])],
  };
}

/** A schema inside another document must not name its dialect again. */
export function withoutDialect(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => keyword !== '$schema'));
}
