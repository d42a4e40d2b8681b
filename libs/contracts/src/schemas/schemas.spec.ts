import { readFileSync } from 'node:fs';
import { Parser } from '@asyncapi/parser';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { eventCatalogue } from '../catalogue.js';
import { asyncApiDocument } from './asyncapi.js';
import { compatibilityProblems } from './compatibility.js';
import { dataSchemaOf, messageSchemaOf, type JsonSchema } from './json-schema.js';

const schemas = new URL('../../schemas/', import.meta.url);
const committed = (type: string): JsonSchema =>
  JSON.parse(readFileSync(new URL(`${type}.json`, schemas), 'utf8')) as JsonSchema;

/** Paths of the arrays that may hold more than a thousand items, as `rows` of an event definition names them. */
function longArrays(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {}, items, maxItems = Infinity, oneOf = [], anyOf = [] } = schema as LooseSchema;
  return [
    ...(items !== undefined && maxItems > 1000 ? [path] : []),
    ...longArrays(items, `${path}[]`),
    ...Object.entries(properties).flatMap(([name, of]) => longArrays(of, path === '' ? name : `${path}.${name}`)),
    ...[...oneOf, ...anyOf].flatMap((branch) => longArrays(branch, path)),
  ];
}

interface LooseSchema {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly items?: unknown;
  readonly maxItems?: number;
  readonly oneOf?: readonly unknown[];
  readonly anyOf?: readonly unknown[];
}

describe('event schemas', () => {
  it.each(eventCatalogue.map((event) => [event.type, event] as const))(
    '%s is what is committed, and compatible with it',
    (type, event) => {
      expect(compatibilityProblems(committed(type), dataSchemaOf(event))).toEqual([]);
      expect(dataSchemaOf(event)).toEqual(committed(type));
    },
  );

  it('refuses a removed field, a field that became required, a narrowed bound and a value that left an enumeration', () => {
    const before = {
      type: 'object',
      properties: {
        a: { type: 'string', maxLength: 9 },
        b: { type: 'string', enum: ['x', 'y'] },
        c: { type: 'number' },
      },
      required: ['a'],
    };
    const now = {
      type: 'object',
      properties: { a: { type: 'string', maxLength: 5 }, b: { type: 'string', enum: ['x'] } },
      required: ['a', 'b'],
    };
    expect(compatibilityProblems(before, now)).toEqual([
      '$.a: maxLength was 9 and is 5',
      "$.b: the value 'y' left the enumeration",
      '$.c: the property was removed',
      '$.b: the property became required',
    ]);
  });

  it('notices when any field of any committed event is taken out', () => {
    for (const event of eventCatalogue) {
      const current = structuredClone(dataSchemaOf(event)) as {
        properties?: Record<string, unknown>;
        oneOf?: { properties: Record<string, unknown> }[];
      };
      const properties = current.properties ?? current.oneOf?.[0]?.properties ?? {};
      const [first] = Object.keys(properties);
      delete properties[first as string];
      expect(compatibilityProblems(committed(event.type), current as JsonSchema)).not.toEqual([]);
    }
  });

  it('allows an added optional field and an added enumeration value', () => {
    const before = { type: 'object', properties: { b: { type: 'string', enum: ['x'] } }, required: [] };
    const now = {
      type: 'object',
      properties: { b: { type: 'string', enum: ['x', 'y'] }, c: { type: 'number' } },
      required: [],
    };
    expect(compatibilityProblems(before, now)).toEqual([]);
  });

  it('lets every array be cut that can outgrow a message', () => {
    // A risk policy has at most 50 factors beside the market, and an estimate is repaired once.
    const short = ['factors', 'factorCovariance', 'repairs'];
    for (const event of eventCatalogue) {
      const whole = longArrays(dataSchemaOf(event)).filter(
        (path) => ![...event.rows, ...short].some((rows) => path.startsWith(rows)),
      );
      expect({ type: event.type, whole }).toEqual({ type: event.type, whole: [] });
    }
  });

  it('compiles as strict JSON Schema 2020-12', () => {
    const ajv = new Ajv2020({ strict: true, strictTypes: false, allowUnionTypes: true });
    addFormats.default(ajv);
    for (const event of eventCatalogue) expect(() => ajv.compile(messageSchemaOf(event))).not.toThrow();
  });
});

describe('AsyncAPI document', () => {
  it('is what is committed', () => {
    expect(asyncApiDocument('0.1.0')).toEqual(committed('asyncapi'));
  });

  it('is valid AsyncAPI 3 by the reference parser', async () => {
    const { document, diagnostics } = await new Parser().parse(JSON.stringify(asyncApiDocument('0.1.0')));
    expect(
      diagnostics
        .filter((diagnostic) => diagnostic.severity === 0)
        .map((diagnostic) => `${diagnostic.path.join('.')}: ${diagnostic.message}`),
    ).toEqual([]);
    expect(document?.version()).toBe('3.0.0');
    expect(document?.allMessages().all()).toHaveLength(eventCatalogue.length);
  });
});
