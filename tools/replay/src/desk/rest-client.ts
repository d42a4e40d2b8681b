import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';

export interface RestRequest {
  readonly service: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Below the service's base URL, such as `/v1/limits`. */
  readonly path: string;
  readonly token: string;
  readonly body?: unknown;
  /** Text that is sent as it is. */
  readonly text?: { readonly contentType: string; readonly content: string };
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RestAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly etag: string | undefined;
  /** An attempt before broke off without an answer: what it asked for may have been done. */
  readonly repeated: boolean;
}

const problemBody = z.object({ code: z.string(), detail: z.string().optional() });

/** Attempts while a service cannot be reached: one that is restarted in the middle of a run is waited for. */
const attempts = 120;
const pauseMs = 250;

/** By service: where it listens, or where each of its instances does. */
export type ServiceUrls = Readonly<Record<string, string | readonly string[]>>;

/** Requests to the services, by name; where one has several instances, to one after the other. */
export class RestClient {
  private turn = 0;

  constructor(private readonly urls: ServiceUrls) {}

  /** The answer, whatever its status. */
  async send(request: RestRequest): Promise<RestAnswer> {
    const bases = [this.urls[request.service] ?? []].flat();
    if (bases.length === 0) throw new Error(`there is no URL of the service ${request.service}`);
    const content = request.text?.content ?? (request.body === undefined ? undefined : JSON.stringify(request.body));
    const init: RequestInit = {
      method: request.method,
      headers: {
        authorization: `Bearer ${request.token}`,
        ...(content === undefined ? {} : { 'content-type': request.text?.contentType ?? 'application/json' }),
        ...request.headers,
      },
      ...(content === undefined ? {} : { body: content }),
    };
    const next = (): string => `${bases[this.turn++ % bases.length]}${request.path}`;
    const { response, repeated } = await reach(next, init);
    const text = await response.text();
    return {
      status: response.status,
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
      etag: response.headers.get('etag') ?? undefined,
      repeated,
    };
  }

  /** The body of an accepted request. @throws Error naming the request and the problem that it was refused with */
  async call<Schema extends z.ZodType>(request: RestRequest, schema: Schema): Promise<z.output<Schema>> {
    const answer = await this.send(request);
    if (answer.status >= 400) throw new Error(`${describe(request)} was refused: ${JSON.stringify(answer.body)}`);
    const parsed = schema.safeParse(answer.body);
    if (!parsed.success) throw new Error(`${describe(request)} answered otherwise: ${z.prettifyError(parsed.error)}`);
    return parsed.data;
  }
}

/** The stable code of a problem, undefined for an accepted request. */
export function problemCode(answer: RestAnswer): string | undefined {
  if (answer.status < 400) return undefined;
  const parsed = problemBody.safeParse(answer.body);
  return parsed.success ? parsed.data.code : `HTTP ${answer.status}`;
}

export function describe(request: RestRequest): string {
  return `${request.method} ${request.service}${request.path}`;
}

/** Fetches, and tries again, at the next instance where there are several, while nobody listens or the service says that it is not ready. */
async function reach(next: () => string, init: RequestInit): Promise<{ response: Response; repeated: boolean }> {
  let repeated = false;
  for (let attempt = 1; ; attempt++) {
    const url = next();
    try {
      const response = await fetch(url, init);
      if (response.status !== 503 || attempt >= attempts) return { response, repeated };
      await response.arrayBuffer();
      // It may have lost its database just after it had committed.
      repeated = true;
    } catch (error) {
      if (attempt >= attempts) throw new Error(`${url} cannot be reached`, { cause: error });
      repeated ||= !isRefused(error);
    }
    await pause(pauseMs);
  }
}

/** Nobody listened: nothing can have been done. */
function isRefused(error: unknown): boolean {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && Reflect.get(cause, 'code') === 'ECONNREFUSED';
}
