import { request, type IncomingMessage } from 'node:http';

interface Request {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/**
 * `fetch` on a connection of its own. The global one takes a connection that has rested since an earlier test, and where a long computation
 * kept this process from hearing that the service had closed it, the request fails with "other side closed".
 */
export async function freshFetch(url: string, { method = 'GET', headers = {}, body }: Request = {}): Promise<Response> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { method, headers, agent: false }, resolve).on('error', reject).end(body);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const status = answer.statusCode ?? 0;
  const text = chunks.length === 0 ? null : Buffer.concat(chunks);
  const named = Object.entries(answer.headersDistinct);
  return new Response(text, {
    status,
    headers: named.flatMap(([name, values = []]) => values.map((value) => [name, value] as [string, string])),
  });
}
