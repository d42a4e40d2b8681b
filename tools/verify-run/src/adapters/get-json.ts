import { z } from 'zod';

/** Asks a service. @throws Error when it does not answer as expected */
export async function getJson<Schema extends z.ZodType>(
  url: string,
  token: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  const answer = await findJson(url, token, schema);
  if (answer === undefined) throw new Error(`${url} is not there`);
  return answer;
}

/** Asks a service for what it may not have. @returns undefined when it has not @throws Error when it does not answer as expected */
export async function findJson<Schema extends z.ZodType>(
  url: string,
  token: string,
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  const body: unknown = await response.json();
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${JSON.stringify(body)}`);
  return schema.parse(body);
}

/** All items of a list, page by page, in its order. */
export async function getItems<Schema extends z.ZodType>(
  url: string,
  token: string,
  item: Schema,
): Promise<z.output<Schema>[]> {
  const page = z.object({ items: z.array(item), nextCursor: z.string().nullable() });
  const all: z.output<Schema>[] = [];
  for (let cursor = ''; ;) {
    const { items, nextCursor } = await getJson(`${url}?limit=200${cursor}`, token, page);
    all.push(...items);
    if (nextCursor === null) return all;
    cursor = `&cursor=${nextCursor}`;
  }
}

/** Asks a service something that needs a body. @throws Error when it does not answer as expected */
export async function postJson<Schema extends z.ZodType>(
  url: string,
  token: string,
  question: unknown,
  schema: Schema,
  idempotencyKey?: string,
): Promise<z.output<Schema>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    },
    body: JSON.stringify(question),
  });
  const body: unknown = await response.json();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${JSON.stringify(body)}`);
  return schema.parse(body);
}
