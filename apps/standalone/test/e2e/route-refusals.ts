import { freshFetch } from './fresh-fetch.js';
import type { Access } from './refusals.js';
import { routeBodies } from './route-bodies.js';

type Method = 'get' | 'post' | 'put' | 'delete' | 'patch';

interface Documented {
  /** Names the roles, any of which suffices. */
  readonly description?: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema?: { readonly format?: string; readonly pattern?: string };
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}

interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Partial<Record<Method, Documented>>>>;
}

/** A route as its service documents it. */
interface Route {
  readonly name: string;
  readonly method: Method;
  readonly path: string;
  readonly documented: Documented;
}

/** A way to ask any route so that it must refuse. */
export interface RouteRefusal {
  readonly name: string;
  readonly status: number;
  /** Absent where each route documents its own. */
  readonly code?: string;
  /** Which routes it concerns. */
  concerns(route: Route): boolean;
  /** What is asked otherwise than a request that would be accepted. */
  readonly asked: Partial<Asked>;
}

interface Asked {
  /** Name of a token; none is sent for the empty name. */
  readonly token: string;
  /** Values of the path's parameters. */
  readonly ids: 'unknown' | 'known';
  readonly body: string;
  readonly withoutHeaders: readonly string[];
}

const hasBody = ({ documented }: Route): boolean => documented.requestBody?.content['application/json'] !== undefined;
const needs = ({ documented }: Route, header: string): boolean =>
  documented.parameters?.some(({ name, required }) => name === header && required === true) ?? false;
/** Their values are closed lists. */
const notAnId: ReadonlySet<string> = new Set(['kind', 'version']);
const idsOf = ({ path }: Route): string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '').filter((name) => !notAnId.has(name));

/** Refusals that hold for every route that they concern, whatever it does. */
export const routeRefusals: readonly RouteRefusal[] = [
  { name: 'no token', status: 401, code: 'TOKEN_MISSING', concerns: () => true, asked: { token: '' } },
  { name: 'an expired token', status: 401, code: 'TOKEN_EXPIRED', concerns: () => true, asked: { token: 'EXPIRED' } },
  {
    name: 'a token without a role',
    status: 403,
    code: 'ROLE_REQUIRED',
    concerns: () => true,
    asked: { token: 'NO_ROLE' },
  },
  {
    name: 'a viewer, where a viewer does not suffice',
    status: 403,
    code: 'ROLE_REQUIRED',
    concerns: ({ documented }) => !/Roles:.*\bviewer\b/.test(documented.description ?? ''),
    asked: { token: 'VIEWER' },
  },
  {
    name: 'what belongs to a foreign portfolio',
    status: 404,
    concerns: (route) => idsOf(route).some((name) => name in ofPortfolio || name === 'portfolioId'),
    asked: { token: 'FOREIGN' },
  },
  {
    name: 'an unknown id',
    status: 404,
    concerns: (route) => idsOf(route).length > 0,
    asked: { ids: 'unknown' },
  },
  {
    name: 'a body that does not fit',
    status: 400,
    code: 'VALIDATION_FAILED',
    concerns: hasBody,
    asked: { body: '[]' },
  },
  {
    name: 'a body that is no JSON',
    status: 400,
    code: 'BODY_MALFORMED',
    concerns: hasBody,
    asked: { body: '{"half": ' },
  },
  {
    name: 'a creating request without Idempotency-Key',
    status: 400,
    code: 'IDEMPOTENCY_KEY_REQUIRED',
    concerns: (route) => needs(route, 'Idempotency-Key'),
    asked: { withoutHeaders: ['idempotency-key'] },
  },
  {
    name: 'a decision that does not say which version it is about',
    status: 428,
    code: 'PRECONDITION_REQUIRED',
    concerns: (route) => needs(route, 'If-Match'),
    asked: { withoutHeaders: ['if-match'] },
  },
];

/** Where a thing of GLOBAL-CORE is found whose route does not name the portfolio. */
const ofPortfolio: Readonly<Record<string, { readonly list: string; readonly field: string }>> = {
  breachId: { list: '/v1/breaches?portfolioId=GLOBAL-CORE&limit=1', field: 'breachId' },
  limitId: { list: '/v1/limits?portfolioId=GLOBAL-CORE&limit=1', field: 'limitId' },
  modelId: { list: '/v1/portfolios/GLOBAL-CORE/risk-models?limit=1', field: 'modelId' },
  runId: { list: '/v1/runs?portfolioId=GLOBAL-CORE&limit=1', field: 'runId' },
  snapshotId: { list: '/v1/portfolios/GLOBAL-CORE/snapshots?limit=1', field: 'snapshotId' },
};

const nobody = '00000000-0000-4000-8000-000000000000';
/** Required by their routes; the values would do. */
const queries: Readonly<Record<string, string>> = { from: '2020-03-02', to: '2020-03-31', instrumentId: 'HD' };

/** Asks every route of a service, as its OpenAPI document lists them, in each way that it must refuse. */
export class RouteBook {
  private constructor(
    private readonly access: Access,
    private readonly url: string,
    private readonly service: string,
    readonly routes: readonly Route[],
    private readonly known: ReadonlyMap<string, string>,
  ) {}

  /** @param access beside the service's address the tokens of a viewer, an expired one, one without a role, and a foreign one of every role */
  static async of(access: Access, service: string): Promise<RouteBook> {
    const url = access[`${service}_URL`] ?? '';
    const { paths } = (await (await freshFetch(`${url}/docs/openapi.json`)).json()) as OpenApiDocument;
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, documented]): Route => {
        return { name: `${method.toUpperCase()} ${path}`, method: method as Method, path, documented };
      }),
    );
    const known = new Map<string, string>();
    for (const [name, { list, field }] of Object.entries(ofPortfolio)) {
      if (!routes.some(({ path }) => path.includes(`{${name}}`))) continue;
      const answer = await freshFetch(`${url}${list}`, {
        headers: { authorization: `Bearer ${access['TOKEN_VIEWER'] ?? ''}` },
      });
      const { items } = (await answer.json()) as { items: Readonly<Record<string, string>>[] };
      const [id] = items.map((item) => item[field]);
      if (id === undefined) throw new Error(`${list} of ${service} is empty`);
      known.set(name, id);
    }
    return new RouteBook(access, url, service, routes, known);
  }

  /** Routes with a body for which nobody has written down one that fits. */
  withoutBody(): string[] {
    return this.routes
      .filter((route) => hasBody(route) && routeBodies[route.name] === undefined)
      .map(({ name }) => name);
  }

  /** Every concerned route that answers otherwise than it must. */
  async accepting({ status, code, concerns, asked }: RouteRefusal): Promise<string[]> {
    const wrong: string[] = [];
    for (const route of this.routes.filter(concerns)) {
      const answer = await this.ask(route, asked);
      const text = await answer.text();
      const problem = answer.headers.get('content-type')?.startsWith('application/problem+json') === true;
      const said = problem ? (JSON.parse(text) as { code: string }).code : text.slice(0, 200);
      const documented = [...(route.documented.responses[status]?.description ?? '').matchAll(/`([A-Z._]+)`/g)];
      const allowed = code === undefined ? documented.map(([, name]) => name) : [code];
      if (answer.status !== status || !allowed.includes(said)) wrong.push(`${route.name}: ${answer.status} ${said}`);
    }
    return wrong;
  }

  private ask(route: Route, asked: Partial<Asked>): Promise<Response> {
    const { token = 'ALL', ids = 'known', body, withoutHeaders = [] } = asked;
    const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => this.valueOf(route, name, ids));
    const query = (route.documented.parameters ?? [])
      .filter((parameter) => parameter.in === 'query' && parameter.required === true)
      .map(({ name }) => `${name}=${queries[name] ?? ''}`);
    const content = this.contentOf(route, body);
    const headers: Record<string, string> = {
      'if-match': '*',
      'idempotency-key': `route-${process.pid}-${this.service}-${++keys}`,
      ...(content === undefined ? {} : { 'content-type': content.type }),
      ...(token === '' ? {} : { authorization: `Bearer ${this.access[`TOKEN_${token}`] ?? ''}` }),
    };
    return freshFetch(`${this.url}${path}${query.length === 0 ? '' : `?${query.join('&')}`}`, {
      method: route.method.toUpperCase(),
      headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !withoutHeaders.includes(name))),
      ...(content === undefined ? {} : { body: content.body }),
    });
  }

  private contentOf(
    route: Route,
    body: string | undefined,
  ): { readonly type: string; readonly body: string } | undefined {
    const types = Object.keys(route.documented.requestBody?.content ?? {});
    if (types.length === 0) return undefined;
    if (!hasBody(route)) return { type: types[0] ?? '', body: 'a,b\n1,2\n' };
    return { type: 'application/json', body: body ?? JSON.stringify(routeBodies[route.name] ?? {}) };
  }

  private valueOf(route: Route, name: string, ids: Asked['ids']): string {
    if (name === 'kind') return 'portfolio';
    if (name === 'version') return '1';
    if (ids === 'unknown') return unknownOf(route, name);
    if (name === 'portfolioId' || name === 'chain' || name === 'subjectId') return 'GLOBAL-CORE';
    return this.known.get(name) ?? nobody;
  }
}

/** An id that fits and stands for nothing. */
function unknownOf({ documented }: Route, name: string): string {
  const schema = documented.parameters?.find((parameter) => parameter.name === name)?.schema;
  if (schema?.format === 'uuid') return nobody;
  return schema?.pattern?.startsWith('^\\d') === true ? '999999999' : 'NOBODY';
}

let keys = 0;
