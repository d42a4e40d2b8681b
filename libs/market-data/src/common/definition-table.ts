import { identifier, rows, type Persistence, type Tx } from '@risk-budget/persistence';
import type { z } from 'zod';
import type { Source } from './as-of.js';
import { read } from './database.js';

/** One revision of a definition. */
export interface DefinitionRevision<T> {
  readonly id: string;
  readonly revision: number;
  /** Milliseconds since 1970. */
  readonly knownAt: number;
  readonly value: T;
}

/** The description known at a moment; the newest without one. */
export function knownRevision<T>(
  revisions: readonly DefinitionRevision<T>[],
  knownAt: string | undefined,
): T | undefined {
  const limit = knownAt === undefined ? Infinity : Date.parse(knownAt);
  return revisions.findLast((revision) => revision.knownAt <= limit)?.value;
}

/** A part of a list by id. */
export interface DefinitionPage {
  readonly limit: number;
  /** The newest descriptions when absent. */
  readonly knownAt?: string | undefined;
  readonly after?: string | undefined;
}

interface Row {
  id: string;
  revision: number;
  known_at: string;
  body: unknown;
}

/** A table of things by id, each with all revisions of its description (`id`, `revision`, `known_at`, `source_id`, `body`). */
export class DefinitionTable<T> {
  private readonly table: string;

  constructor(
    private readonly persistence: Persistence,
    table: string,
    private readonly schema: z.ZodType<T>,
  ) {
    this.table = identifier(table);
  }

  /** Adds a revision where the description differs from what was known. @returns ids that changed */
  async put(tx: Tx, given: ReadonlyMap<string, T>, source: Source): Promise<string[]> {
    if (given.size === 0) return [];
    const changed = await rows<{ id: string }>(
      tx,
      `INSERT INTO ${this.table} (id, revision, known_at, source_id, body)
       SELECT g.id, coalesce((SELECT max(t.revision) FROM ${this.table} t WHERE t.id = g.id), 0) + 1, $3, $4, g.body
       FROM unnest($1::text[], $2::text[]::jsonb[]) AS g(id, body)
       WHERE g.body IS DISTINCT FROM (
         SELECT t.body FROM ${this.table} t WHERE t.id = g.id AND t.known_at <= $3
         ORDER BY t.known_at DESC, t.revision DESC LIMIT 1)
       RETURNING id`,
      [[...given.keys()], [...given.values()].map((value) => JSON.stringify(value)), source.occurredAt, source.id],
    );
    return changed.map((row) => row.id);
  }

  /** The descriptions known at a moment (the newest without one), by id. */
  async find(ids: readonly string[] | undefined, knownAt: string | undefined, tx?: Tx): Promise<Map<string, T>> {
    const found = await read<Row>(
      this.persistence,
      tx,
      `SELECT DISTINCT ON (id) id, revision, known_at, body FROM ${this.table}
       WHERE ($1::text[] IS NULL OR id = ANY ($1::text[])) AND known_at <= $2
       ORDER BY id, known_at DESC, revision DESC`,
      [ids === undefined ? null : ids, knownAt ?? 'infinity'],
    );
    return new Map(found.map((row) => [row.id, this.schema.parse(row.body)]));
  }

  /** Descriptions in the order of their ids, from behind one on. */
  async page(options: DefinitionPage, tx?: Tx): Promise<T[]> {
    const found = await read<Row>(
      this.persistence,
      tx,
      `SELECT DISTINCT ON (id) id, revision, known_at, body FROM ${this.table}
       WHERE ($1::text IS NULL OR id > $1) AND known_at <= $2 ORDER BY id, known_at DESC, revision DESC LIMIT $3`,
      [options.after ?? null, options.knownAt ?? 'infinity', options.limit],
    );
    return found.map((row) => this.schema.parse(row.body));
  }

  /** Every revision of some ids, in the order in which they became known. */
  async revisions(ids: readonly string[], tx?: Tx): Promise<Map<string, DefinitionRevision<T>[]>> {
    const found = await read<Row>(
      this.persistence,
      tx,
      `SELECT id, revision, known_at, body FROM ${this.table} WHERE id = ANY ($1::text[]) ORDER BY id, known_at, revision`,
      [ids],
    );
    const byId = new Map<string, DefinitionRevision<T>[]>();
    for (const { id, revision, known_at: knownAt, body } of found) {
      const list = byId.get(id) ?? [];
      list.push({ id, revision, knownAt: Date.parse(knownAt), value: this.schema.parse(body) });
      byId.set(id, list);
    }
    return byId;
  }
}

/** Column list and key of such a table, for migrations. */
export function definitionTableSql(table: string): string {
  return `CREATE TABLE ${identifier(table)} (
    id text NOT NULL, revision integer NOT NULL, known_at timestamptz NOT NULL, source_id uuid NOT NULL,
    body jsonb NOT NULL, PRIMARY KEY (id, revision))`;
}
