import { freshFetch } from './fresh-fetch.js';
export type Access = Readonly<Record<string, string>>;

/** A request that must be refused, with the status and the code of the refusal. */
export interface Refusal {
  readonly name: string;
  readonly status: number;
  readonly code: string;
  request(access: Access): Promise<Response>;
}

interface Surface {
  /** A list or figure of one portfolio that a viewer may read. */
  readonly read: string;
  /** A thing by an id that does not exist. */
  readonly unknown: string;
  readonly unknownCode: string;
  /** A question that does not fit. */
  readonly badQuery?: string;
  /** A POST that creates and needs the role of a risk manager, with a body that would do and one that would not; absent where all is read. */
  readonly create?: {
    readonly path: string;
    readonly body: unknown;
    readonly other: unknown;
    readonly bad: unknown;
    readonly needsKey: boolean;
  };
}

const nobody = '00000000-0000-4000-8000-000000000000';
const trade = { strategy: 'growth', instrumentId: 'HD', quantityChange: '-10' };

const surfaces: Readonly<Record<string, Surface>> = {
  FORECASTING: {
    read: '/v1/portfolios/GLOBAL-CORE/risk-models',
    unknown: `/v1/risk-models/${nobody}`,
    unknownCode: 'FORECASTING.UNKNOWN_MODEL',
    create: {
      path: '/v1/portfolios/GLOBAL-CORE/risk-models',
      body: {},
      other: { reason: 'another' },
      bad: { policy: 7 },
      needsKey: true,
    },
  },
  ALLOCATION: {
    read: '/v1/portfolios/GLOBAL-CORE/plans',
    unknown: `/v1/portfolios/GLOBAL-CORE/plans/${nobody}`,
    unknownCode: 'ALLOCATION.UNKNOWN_PLAN',
    create: {
      path: '/v1/portfolios/GLOBAL-CORE/allocations',
      body: { method: 'equalWeight' },
      other: { method: 'inverseVolatility' },
      bad: { method: 'astrology' },
      needsKey: true,
    },
  },
  UTILIZATION: {
    read: '/v1/portfolios/GLOBAL-CORE/utilization',
    unknown: `/v1/snapshots/${nobody}`,
    unknownCode: 'NOT_FOUND',
    create: {
      path: '/v1/portfolios/GLOBAL-CORE/what-if',
      body: { trades: [trade] },
      other: { trades: [{ ...trade, quantityChange: '-20' }] },
      bad: { trades: [{ ...trade, quantityChange: 'many' }] },
      needsKey: false,
    },
  },
  LIMITS: {
    read: '/v1/portfolios/GLOBAL-CORE/compliance',
    unknown: `/v1/breaches/${nobody}`,
    unknownCode: 'LIMITS.UNKNOWN_BREACH',
    create: {
      path: '/v1/portfolios/GLOBAL-CORE/pre-trade-checks',
      body: { trades: [trade] },
      other: { trades: [{ ...trade, quantityChange: '-20' }] },
      bad: { trades: [{ ...trade, quantityChange: 'many' }] },
      needsKey: true,
    },
  },
  STRESS: {
    read: '/v1/portfolios/GLOBAL-CORE/stress',
    unknown: `/v1/runs/${nobody}`,
    unknownCode: 'STRESS.UNKNOWN_RUN',
    create: {
      path: '/v1/runs',
      body: { kind: 'sensitivities', portfolioId: 'GLOBAL-CORE' },
      other: { kind: 'reverse', portfolioId: 'GLOBAL-CORE', loss: 0.2 },
      bad: { kind: 'reverse', portfolioId: 'GLOBAL-CORE', loss: -1 },
      needsKey: true,
    },
  },
  ATTRIBUTION: {
    read: '/v1/portfolios/GLOBAL-CORE/risk',
    unknown: `/v1/portfolios/GLOBAL-CORE/explanations/${nobody}`,
    unknownCode: 'ATTRIBUTION.UNKNOWN_EXPLANATION',
    badQuery: '/v1/portfolios/GLOBAL-CORE/risk?by=colour',
  },
};

let keys = 0;

/** Every refusal that each service has in common. */
export function refusals(service: string): Refusal[] {
  const surface = surfaces[service];
  if (surface === undefined) throw new Error(`no surface of ${service}`);
  const { read, unknown, unknownCode, badQuery, create } = surface;
  const get = (path: string, token: string) => (access: Access) =>
    freshFetch(`${access[`${service}_URL`] ?? ''}${path}`, bearer(access[token] ?? token));
  return [
    {
      name: 'no token',
      status: 401,
      code: 'TOKEN_MISSING',
      request: (access) => freshFetch(`${access[`${service}_URL`] ?? ''}${read}`),
    },
    { name: 'a token of another issuer', status: 401, code: 'TOKEN_INVALID', request: get(read, 'not.a.token') },
    { name: 'an expired token', status: 401, code: 'TOKEN_EXPIRED', request: get(read, 'TOKEN_EXPIRED') },
    { name: 'a foreign portfolio', status: 404, code: 'NOT_FOUND', request: get(read, 'TOKEN_INCOME_VIEWER') },
    { name: 'an unknown id', status: 404, code: unknownCode, request: get(unknown, 'TOKEN_VIEWER') },
    { name: 'an unknown route', status: 404, code: 'ROUTE_NOT_FOUND', request: get('/v1/nothing', 'TOKEN_VIEWER') },
    {
      name: 'the operator’s routes to anybody else',
      status: 403,
      code: 'ROLE_REQUIRED',
      request: get('/v1/messaging/parked-keys', 'TOKEN_VIEWER'),
    },
    ...(badQuery === undefined
      ? []
      : [
          {
            name: 'a query that does not fit',
            status: 400,
            code: 'VALIDATION_FAILED',
            request: get(badQuery, 'TOKEN_VIEWER'),
          },
        ]),
    ...(create === undefined ? [] : creatingRefusals(service, create)),
  ];
}

function creatingRefusals(service: string, create: NonNullable<Surface['create']>): Refusal[] {
  const post =
    (body: string, token = 'TOKEN_RISK_MANAGER', headers: Record<string, string> = {}) =>
    (access: Access) =>
      freshFetch(`${access[`${service}_URL`] ?? ''}${create.path}`, {
        method: 'POST',
        body,
        headers: {
          ...bearer(access[token] ?? token).headers,
          'content-type': 'application/json',
          'idempotency-key': `refusal-${process.pid}-${++keys}`,
          ...headers,
        },
      });
  const body = JSON.stringify(create.body);
  const key = `refusal-${process.pid}-${service}`;
  return [
    { name: 'a role that does not suffice', status: 403, code: 'ROLE_REQUIRED', request: post(body, 'TOKEN_VIEWER') },
    {
      name: 'a body that does not fit',
      status: 400,
      code: 'VALIDATION_FAILED',
      request: post(JSON.stringify(create.bad)),
    },
    { name: 'a body that is no JSON', status: 400, code: 'BODY_MALFORMED', request: post('{"trades": [') },
    {
      name: 'a body in another media type',
      status: 415,
      code: 'MEDIA_TYPE_UNSUPPORTED',
      request: post(body, undefined, { 'content-type': 'text/plain' }),
    },
    {
      name: 'a body beyond the limit',
      status: 413,
      code: 'BODY_TOO_LARGE',
      request: post(JSON.stringify({ padding: 'x'.repeat(3_000_000) })),
    },
    ...(create.needsKey
      ? [
          {
            name: 'a creating request without Idempotency-Key',
            status: 400,
            code: 'IDEMPOTENCY_KEY_REQUIRED',
            request: (access: Access) =>
              freshFetch(`${access[`${service}_URL`] ?? ''}${create.path}`, {
                method: 'POST',
                body,
                headers: { ...bearer(access['TOKEN_RISK_MANAGER'] ?? '').headers, 'content-type': 'application/json' },
              }),
          },
          {
            name: 'a repeated Idempotency-Key with another body',
            status: 422,
            code: 'IDEMPOTENCY_KEY_REUSED',
            request: async (access: Access) => {
              const first = await post(body, undefined, { 'idempotency-key': key })(access);
              if (first.status >= 300) throw new Error(`the first request was refused: ${await first.text()}`);
              return post(JSON.stringify(create.other), undefined, { 'idempotency-key': key })(access);
            },
          },
        ]
      : []),
  ];
}

function bearer(token: string): { headers: Record<string, string> } {
  return { headers: { authorization: `Bearer ${token}` } };
}
