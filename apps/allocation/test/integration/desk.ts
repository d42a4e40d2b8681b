import type { TestServiceHandle } from '@risk-budget/service-kit/testing';

/** An answer of the service. */
export interface Answer {
  readonly status: number;
  readonly etag: string | null;
  readonly body: Record<string, unknown> & { readonly items?: Record<string, unknown>[] };
}

export interface CallOptions {
  readonly body?: unknown;
  readonly key?: string;
  readonly ifMatch?: string | null;
}

/** One person at the desk: a token, and the requests made with it. */
export class Person {
  private constructor(
    private readonly handle: TestServiceHandle,
    private readonly authorization: string,
  ) {}

  static async of(
    handle: TestServiceHandle,
    subject: string,
    role: 'viewer' | 'riskManager' | 'approver',
    portfolios = ['P1'],
  ): Promise<Person> {
    return new Person(handle, await handle.bearer({ subject, roles: [role], portfolios }));
  }

  /** Somebody with several roles at once. */
  static async withRoles(
    handle: TestServiceHandle,
    subject: string,
    roles: ('riskManager' | 'approver')[],
  ): Promise<Person> {
    return new Person(handle, await handle.bearer({ subject, roles, portfolios: ['P1'] }));
  }

  get(path: string): Promise<Answer> {
    return this.call('GET', path);
  }

  post(path: string, body: unknown, options: CallOptions = {}): Promise<Answer> {
    return this.call('POST', path, { key: crypto.randomUUID(), ...options, body });
  }

  put(path: string, body: unknown, options: CallOptions = {}): Promise<Answer> {
    return this.call('PUT', path, { ...options, body });
  }

  private async call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const response = await fetch(`${this.handle.service.url}/v1/portfolios/${path}`, {
      method,
      headers: {
        authorization: this.authorization,
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.key === undefined ? {} : { 'idempotency-key': options.key }),
        ...(typeof options.ifMatch === 'string' ? { 'if-match': options.ifMatch } : {}),
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    return {
      status: response.status,
      etag: response.headers.get('etag'),
      body: (await response.json()) as Answer['body'],
    };
  }
}
