import { startTestService, type TestServiceHandle } from '@risk-budget/service-kit/testing';
import { sampleService } from '../sample/sample.service.js';

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

describe('REST', () => {
  let handle: TestServiceHandle;
  let manager: string;
  let viewer: string;

  beforeAll(async () => {
    handle = await startTestService(sampleService);
    manager = await handle.bearer({ subject: 'anna', roles: ['riskManager'], portfolios: ['P1', 'desk-*', 'group:g'] });
    viewer = await handle.bearer({ subject: 'vera', roles: ['viewer'], portfolios: ['P2'] });
  });

  afterAll(() => handle?.stop());

  async function call(
    method: string,
    path: string,
    options: { as?: string | undefined; body?: unknown; raw?: string | Buffer; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const body = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
    const response = await fetch(`${handle.service.url}${path}`, {
      method,
      headers: {
        ...(options.as === undefined ? {} : { authorization: options.as }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
  }

  const create = (id: string, portfolioId: string, key: string, as = manager, text = 'hello'): Promise<Answer> =>
    call('POST', '/v1/notes', { as, body: { id, portfolioId, text }, headers: { 'idempotency-key': key } });

  describe('identity', () => {
    it.each([
      ['no token', () => undefined, 401, 'TOKEN_MISSING'],
      [
        'an expired token',
        () => handle.bearer({ subject: 'a', roles: ['viewer'], expiresInSeconds: -60 }),
        401,
        'TOKEN_EXPIRED',
      ],
      ['another issuer', () => handle.bearer({ subject: 'a', roles: ['viewer'], issuer: 'x' }), 401, 'TOKEN_INVALID'],
      [
        'another audience',
        () => handle.bearer({ subject: 'a', roles: ['viewer'], audience: 'x' }),
        401,
        'TOKEN_INVALID',
      ],
      ['rubbish', () => 'Bearer rubbish', 401, 'TOKEN_INVALID'],
      ['no role', () => handle.bearer({ subject: 'a', roles: [] }), 403, 'ROLE_REQUIRED'],
    ])('refuses %s', async (_, token, status, code) => {
      const answer = await call('GET', '/v1/notes', { as: await token() });
      expect(answer).toMatchObject({
        status,
        body: { code, status, type: `/docs/errors#${code}`, instance: '/v1/notes' },
      });
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      if (status === 401) expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    });

    it('refuses a role that may only read, before it looks at the body', async () => {
      expect(await call('POST', '/v1/notes', { as: viewer, body: { nonsense: true } })).toMatchObject({
        status: 403,
        body: { code: 'ROLE_REQUIRED' },
      });
    });

    it('answers a foreign portfolio like an unknown one, and leaves it out of lists', async () => {
      await create('n-foreign', 'P1', 'k-foreign');
      expect(await call('GET', '/v1/notes/n-foreign', { as: viewer })).toMatchObject({
        status: 404,
        body: { code: 'NOT_FOUND' },
      });
      expect(await create('n-x', 'P9', 'k-x')).toMatchObject({
        status: 404,
        body: { detail: "There is no portfolio 'P9'." },
      });
      expect((await call('GET', '/v1/notes', { as: viewer })).body).toEqual({ items: [], nextCursor: null });
      expect((await call('GET', '/v1/notes', { as: manager })).body['items']).toEqual([
        expect.objectContaining({ id: 'n-foreign' }),
      ]);
    });

    it('serves public routes and documents without a token', async () => {
      expect((await call('GET', '/v1/public/time')).status).toBe(200);
    });
  });

  describe('bad input', () => {
    it('names every field at fault', async () => {
      const answer = await call('POST', '/v1/notes', {
        as: manager,
        body: { portfolioId: '/', text: '', extra: 1 },
        headers: { 'idempotency-key': 'bad' },
      });
      expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
      const fields = (answer.body['errors'] as { field: string }[]).map((problem) => problem.field);
      expect(fields).toEqual(['id', 'portfolioId', 'text', 'extra']);
    });

    it.each([
      ['GET', '/v1/notes?limit=11', {}, 400, 'VALIDATION_FAILED'],
      ['GET', '/v1/notes?limit=1&limit=2', {}, 400, 'VALIDATION_FAILED'],
      ['GET', '/v1/notes?portfolioId=%00', {}, 400, 'VALIDATION_FAILED'],
      ['GET', '/v1/notes/%00', {}, 400, 'VALIDATION_FAILED'],
      ['GET', '/v1/notes/%ff', {}, 400, 'URL_MALFORMED'],
      ['GET', '/v1/notes/%', {}, 400, 'URL_MALFORMED'],
      ['GET', `/v1/notes/${'x'.repeat(600)}`, {}, 414, 'URL_TOO_LONG'],
      ['GET', '/v1/nowhere', {}, 404, 'ROUTE_NOT_FOUND'],
      ['GET', '/v1/notes/', {}, 404, 'ROUTE_NOT_FOUND'],
      ['DELETE', '/v1/notes', {}, 405, 'METHOD_NOT_ALLOWED'],
      ['PATCH', '/v1/notes/x', {}, 405, 'METHOD_NOT_ALLOWED'],
      ['OPTIONS', '/v1/notes', {}, 405, 'METHOD_NOT_ALLOWED'],
      ['POST', '/v1/notes', { raw: '{' }, 400, 'BODY_MALFORMED'],
      ['POST', '/v1/notes', { raw: '{"__proto__":{"a":1}}' }, 400, 'BODY_MALFORMED'],
      ['POST', '/v1/notes', { raw: Buffer.from([0x22, 0xff, 0x22]) }, 400, 'BODY_MALFORMED'],
      [
        'POST',
        '/v1/notes',
        { raw: '{"id":"a","portfolioId":"P1","text":"a\\u0000"}', headers: { 'idempotency-key': 'nul' } },
        400,
        'VALIDATION_FAILED',
      ],
      [
        'POST',
        '/v1/notes',
        { raw: '{"id":"a","portfolioId":"P1","text":"\\ud800"}', headers: { 'idempotency-key': 'half' } },
        400,
        'VALIDATION_FAILED',
      ],
      [
        'POST',
        '/v1/notes',
        { raw: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
        415,
        'MEDIA_TYPE_UNSUPPORTED',
      ],
      ['POST', '/v1/notes', { raw: 'a,b', headers: { 'content-type': 'text/csv' } }, 415, 'MEDIA_TYPE_UNSUPPORTED'],
      ['POST', '/v1/notes/files', { raw: '{}' }, 415, 'MEDIA_TYPE_UNSUPPORTED'],
      ['POST', '/v1/notes/files', {}, 400, 'VALIDATION_FAILED'],
      ['POST', '/v1/notes', { raw: `"${'x'.repeat(3_000_000)}"` }, 413, 'BODY_TOO_LARGE'],
      ['POST', '/v1/notes', { headers: { 'idempotency-key': 'k' } }, 400, 'VALIDATION_FAILED'],
      ['GET', '/v1/audit/P1?cursor=WyJhIl0', {}, 400, 'CURSOR_INVALID'],
      ['GET', '/v1/jobs/not-a-uuid', {}, 400, 'VALIDATION_FAILED'],
    ] as const)('%s %s is answered with a problem', async (method, path, options, status, code) => {
      const answer = await call(method, path, { as: manager, ...options });
      expect(answer).toMatchObject({ status, body: { code } });
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(answer.headers.get('x-correlation-id')).not.toBe('');
      if (status === 405) expect(answer.headers.get('allow')).toMatch(/GET/);
    });

    it('says nothing of a defect but its correlation id', async () => {
      const answer = await call('GET', '/v1/public/broken', { headers: { 'x-correlation-id': 'mine-1' } });
      expect(answer).toMatchObject({ status: 500, body: { code: 'INTERNAL', correlationId: 'mine-1' } });
      expect(JSON.stringify(answer.body)).not.toContain('hunter2');
      expect(answer.headers.get('x-correlation-id')).toBe('mine-1');
    });

    it('finds an answer that does not fit its document', async () => {
      expect((await call('GET', '/v1/public/wrong')).status).toBe(500);
    });
  });

  it('takes a file as a stream', async () => {
    const raw = 'a,b\n'.repeat(1_000_000);
    expect(
      await call('POST', '/v1/notes/files', { as: manager, raw, headers: { 'content-type': 'text/csv' } }),
    ).toMatchObject({ status: 200, body: { bytes: raw.length } });
  });

  describe('idempotency keys', () => {
    it('are required where something is created', async () => {
      expect(
        await call('POST', '/v1/notes', { as: manager, body: { id: 'n0', portfolioId: 'P1', text: 'x' } }),
      ).toMatchObject({ status: 400, body: { code: 'IDEMPOTENCY_KEY_REQUIRED' } });
    });

    it('give the first answer again, and refuse another body', async () => {
      const first = await create('n1', 'P1', 'key-1');
      expect(first).toMatchObject({ status: 201, body: { id: 'n1', version: 1 } });
      const second = await create('n1', 'P1', 'key-1');
      expect(second).toMatchObject({ status: 201, body: first.body });
      expect(second.headers.get('idempotent-replayed')).toBe('true');
      expect(second.headers.get('etag')).toBe(first.headers.get('etag'));
      expect(await create('n1', 'P1', 'key-1', manager, 'other')).toMatchObject({
        status: 422,
        body: { code: 'IDEMPOTENCY_KEY_REUSED' },
      });
      const other = await handle.bearer({ subject: 'otto', roles: ['riskManager'], portfolios: ['P1'] });
      expect((await create('n1-otto', 'P1', 'key-1', other)).status).toBe(201);
    });

    it('let one of many simultaneous repeats through', async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => create('n2', 'P1', 'key-2')));
      expect(new Set(answers.map(({ status }) => status))).toEqual(
        new Set(answers.map(({ status }) => (status === 201 ? 201 : 409))),
      );
      expect(
        answers.filter(({ headers, status }) => status === 201 && headers.get('idempotent-replayed') === null),
      ).toHaveLength(1);
    });

    it('are free again after a refused request', async () => {
      expect((await create('n3', 'P9', 'key-3')).status).toBe(404);
      expect((await create('n3', 'P1', 'key-3')).status).toBe(201);
    });
  });

  it('holds changes to the version that was read', async () => {
    await create('n4', 'P1', 'key-4');
    const body = { id: 'n4', portfolioId: 'P1', text: 'new' };
    expect(await call('PUT', '/v1/notes/n4', { as: manager, body })).toMatchObject({
      status: 428,
      body: { code: 'PRECONDITION_REQUIRED' },
    });
    const changed = await call('PUT', '/v1/notes/n4', { as: manager, body, headers: { 'if-match': '"1"' } });
    expect(changed).toMatchObject({ status: 200, body: { version: 2 } });
    expect(changed.headers.get('etag')).toBe('"2"');
    expect(await call('PUT', '/v1/notes/n4', { as: manager, body, headers: { 'if-match': '"1"' } })).toMatchObject({
      status: 412,
      body: { code: 'PRECONDITION_FAILED' },
    });
    const unchanged = await call('GET', '/v1/notes/n4', { as: manager, headers: { 'if-none-match': '"2"' } });
    expect(unchanged.status).toBe(304);
  });

  it('streams server-sent events, and ends them when it stops', async () => {
    const instance = await handle.another();
    await instance.start();
    const response = await fetch(`${instance.url}/v1/public/ticks`);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const reader = response.body?.getReader();
    let text = '';
    while (!text.includes('"n":1')) text += Buffer.from((await reader?.read())?.value ?? []).toString();
    expect(text).toContain('data: {"n":0}');
    const before = Date.now();
    await instance.stop();
    expect(Date.now() - before).toBeLessThan(3000);
    let ended = false;
    for (let i = 0; i < 1000 && !ended; i++) ended = (await reader?.read().catch(() => ({ done: true })))?.done ?? true;
    expect(ended).toBe(true);
  });

  it('limits the rate of a client and says when to come back', async () => {
    const instance = await handle.another({ RATE_LIMIT_PER_MINUTE: '12' });
    await instance.start();
    const statuses = [];
    let last: Response | undefined;
    for (let i = 0; i < 4; i++) {
      last = await fetch(`${instance.url}/v1/notes`, { headers: { authorization: manager } });
      statuses.push(last.status);
    }
    expect(statuses).toEqual([200, 200, 429, 429]);
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await last?.json()).toMatchObject({ code: 'RATE_LIMITED' });
    await instance.stop();
  });

  it('sends security headers', async () => {
    const { headers } = await call('GET', '/v1/public/time');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-powered-by')).toBeNull();
  });
});
