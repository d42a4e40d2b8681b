import { freshFetch } from './fresh-fetch.js';
import type { Access, Refusal } from './refusals.js';

const portfolio = '/v1/portfolios/GLOBAL-CORE';
let keys = 0;

/** A command in the name of somebody, as JSON. */
function send(
  access: Access,
  to: { service: string; as: string; path: string; method?: string; body?: unknown; ifMatch?: string; key?: string },
): Promise<Response> {
  const { service, as, path, method = 'POST', body, ifMatch, key = `workflow-${process.pid}-${++keys}` } = to;
  return freshFetch(`${access[`${service}_URL`] ?? ''}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${access[as] ?? ''}`,
      'idempotency-key': key,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** The same, which must work. @returns a field of the answer */
async function done(access: Access, to: Parameters<typeof send>[1], field: string): Promise<string> {
  const answer = await send(access, to);
  const body = (await answer.json()) as Record<string, unknown>;
  if (answer.status >= 300) throw new Error(`${to.path} was refused: ${JSON.stringify(body)}`);
  return String(body[field]);
}

function proposedLimit(access: Access, limitId: string): Promise<string> {
  const body = {
    limitId,
    portfolioId: 'GLOBAL-CORE',
    name: 'A limit of the workflow tests',
    measure: 'herfindahl',
    scope: { level: 'strategy', strategy: limitId },
    direction: 'upper',
    bound: { kind: 'absolute', value: 0.5 },
    severity: 'soft',
    hysteresis: 0.02,
    effectiveFrom: '2020-01-01T00:00:00.000Z',
  };
  return done(access, { service: 'LIMITS', as: 'TOKEN_BOTH', path: '/v1/limits', body }, 'limitId');
}

async function draftedPlan(access: Access): Promise<string> {
  const as = { service: 'ALLOCATION', as: 'TOKEN_BOTH' };
  const body = { method: 'equalWeight', scale: { kind: 'net', value: 0.8 } };
  const allocationId = await done(access, { ...as, path: `${portfolio}/allocations`, body }, 'allocationId');
  return done(access, { ...as, path: `${portfolio}/plans`, body: { allocationId } }, 'planId');
}

function proposedScenario(access: Access, scenarioId: string): Promise<string> {
  const body = { scenarioId, content: scenario };
  return done(access, { service: 'STRESS', as: 'TOKEN_BOTH', path: '/v1/scenarios', body }, 'scenarioId');
}

function proposedDynamicPolicy(access: Access): Promise<string> {
  const path = `${portfolio}/dynamic-policies`;
  return done(access, { service: 'ALLOCATION', as: 'TOKEN_BOTH', path, body: dynamicRules }, 'dynamicPolicyId');
}

/** The oldest adjustment of the run: others have followed. */
async function firstAdjustment(access: Access): Promise<string> {
  const list = `${access['ALLOCATION_URL'] ?? ''}${portfolio}/budget-adjustments?limit=200`;
  const answer = await freshFetch(list, { headers: { authorization: `Bearer ${access['TOKEN_VIEWER'] ?? ''}` } });
  const { items } = (await answer.json()) as { items: { adjustmentId: string }[] };
  return items.at(-1)?.adjustmentId ?? '';
}

/** What a creating route answers to the key of an earlier request with another body. */
function repeatedKey(service: string, path: string, body: unknown, other: unknown): Refusal {
  return {
    name: `POST ${path} of ${service} with the Idempotency-Key of another body`,
    status: 422,
    code: 'IDEMPOTENCY_KEY_REUSED',
    request: async (access) => {
      const key = `repeated-${process.pid}-${++keys}`;
      const ask = (content: unknown) => send(access, { service, as: 'TOKEN_BOTH', path, body: content, key });
      const first = await ask(body);
      if (first.status >= 300) throw new Error(`${path} was refused: ${await first.text()}`);
      return ask(other);
    },
  };
}

const dynamicRules = {
  volatility: { kind: 'market', subjectId: 'SP500', horizonDays: 20, targetAnnual: 0.25 },
  ...{ minimumFactor: 0.5, band: 0.05, maximumStep: 0.2, minimumDwellDays: 3 },
};
const scenario = {
  name: 'A scenario of the workflow tests',
  knownFrom: '2020-01-02',
  definition: { kind: 'hypothetical', shocks: [{ target: { kind: 'market' }, return: -0.1 }] },
};

/** Refusals of the workflows that roles alone do not decide: four eyes, versions that somebody has read, steps out of order. */
export function workflowRefusals(): Refusal[] {
  return [
    {
      name: 'the approval of one’s own limit',
      status: 403,
      code: 'LIMITS.OWN_APPROVAL',
      request: async (access) => {
        const id = await proposedLimit(access, `own-${process.pid}`);
        return send(access, { service: 'LIMITS', as: 'TOKEN_BOTH', path: `/v1/limits/${id}/approval`, ifMatch: '*' });
      },
    },
    {
      name: 'a decision on another version of a limit than the one that stands (stale ETag)',
      status: 412,
      code: 'PRECONDITION_FAILED',
      request: async (access) => {
        const id = await proposedLimit(access, `stale-${process.pid}`);
        const path = `/v1/limits/${id}/approval`;
        return send(access, { service: 'LIMITS', as: 'TOKEN_APPROVER', path, ifMatch: '"99"' });
      },
    },
    {
      name: 'a decision that does not say which version it is about',
      status: 428,
      code: 'PRECONDITION_REQUIRED',
      request: async (access) => {
        const id = await proposedLimit(access, `unsaid-${process.pid}`);
        return send(access, { service: 'LIMITS', as: 'TOKEN_APPROVER', path: `/v1/limits/${id}/approval` });
      },
    },
    {
      name: 'the approval of one’s own plan',
      status: 403,
      code: 'ALLOCATION.OWN_APPROVAL',
      request: async (access) => {
        const path = `${portfolio}/plans/${await draftedPlan(access)}/approval`;
        return send(access, { service: 'ALLOCATION', as: 'TOKEN_BOTH', path, ifMatch: '*' });
      },
    },
    {
      name: 'a decision on another version of a plan than the one that stands (stale ETag)',
      status: 412,
      code: 'PRECONDITION_FAILED',
      request: async (access) => {
        const path = `${portfolio}/plans/${await draftedPlan(access)}/rejection`;
        return send(access, { service: 'ALLOCATION', as: 'TOKEN_APPROVER', path, ifMatch: '"1"' });
      },
    },
    {
      name: 'the activation of a plan that nobody has approved',
      status: 409,
      code: 'ALLOCATION.WRONG_STATE',
      request: async (access) => {
        const path = `${portfolio}/plans/${await draftedPlan(access)}/activation`;
        return send(access, { service: 'ALLOCATION', as: 'TOKEN_APPROVER', path, ifMatch: '*' });
      },
    },
    {
      name: 'the approval of one’s own scenario',
      status: 403,
      code: 'STRESS.OWN_APPROVAL',
      request: async (access) => {
        const path = `/v1/scenarios/${await proposedScenario(access, `own-${process.pid}`)}/approval`;
        return send(access, { service: 'STRESS', as: 'TOKEN_BOTH', path, ifMatch: '*' });
      },
    },
    {
      name: 'a decision on another version of a scenario than the one that stands (stale ETag)',
      status: 412,
      code: 'PRECONDITION_FAILED',
      request: async (access) => {
        const path = `/v1/scenarios/${await proposedScenario(access, `stale-${process.pid}`)}/approval`;
        return send(access, { service: 'STRESS', as: 'TOKEN_APPROVER', path, ifMatch: '"99"' });
      },
    },
    {
      name: 'the retirement of a scenario that never was in force',
      status: 409,
      code: 'STRESS.NOTHING_IN_FORCE',
      request: async (access) => {
        const path = `/v1/scenarios/${await proposedScenario(access, `unapproved-${process.pid}`)}/retirement`;
        return send(access, { service: 'STRESS', as: 'TOKEN_RISK_MANAGER', path, body: { reason: 'no use' } });
      },
    },
    {
      name: 'a change of a scenario that somebody else has changed since (stale ETag)',
      status: 412,
      code: 'PRECONDITION_FAILED',
      request: async (access) => {
        const path = `/v1/scenarios/${await proposedScenario(access, `changed-${process.pid}`)}`;
        const as = 'TOKEN_RISK_MANAGER';
        return send(access, { service: 'STRESS', as, path, method: 'PUT', body: scenario, ifMatch: '"99"' });
      },
    },
    {
      name: 'the approval of one’s own dynamic policy',
      status: 403,
      code: 'ALLOCATION.OWN_APPROVAL',
      request: async (access) => {
        const path = `${portfolio}/dynamic-policies/${await proposedDynamicPolicy(access)}/approval`;
        return send(access, { service: 'ALLOCATION', as: 'TOKEN_BOTH', path });
      },
    },
    {
      name: 'the retirement of a dynamic policy that never was in force',
      status: 409,
      code: 'ALLOCATION.WRONG_STATE',
      request: async (access) => {
        const path = `${portfolio}/dynamic-policies/${await proposedDynamicPolicy(access)}/retirement`;
        return send(access, { service: 'ALLOCATION', as: 'TOKEN_BOTH', path });
      },
    },
    {
      name: 'that limits follow an adjustment which is not the last',
      status: 409,
      code: 'ALLOCATION.WRONG_STATE',
      request: async (access) => {
        const path = `${portfolio}/budget-adjustments/${await firstAdjustment(access)}/limit-approval`;
        return send(access, { service: 'ALLOCATION', as: 'TOKEN_APPROVER', path, body: {} });
      },
    },
    repeatedKey('ALLOCATION', `${portfolio}/dynamic-policies`, dynamicRules, { ...dynamicRules, band: 0.1 }),
    repeatedKey(
      'STRESS',
      '/v1/scenarios',
      { scenarioId: `repeated-${process.pid}`, content: scenario },
      { scenarioId: `repeated-${process.pid}`, content: { ...scenario, name: 'Another' } },
    ),
    {
      name: 'a limit on stress loss from below',
      status: 422,
      code: 'LIMITS.BAD_LIMIT',
      request: (access) =>
        send(access, {
          service: 'LIMITS',
          as: 'TOKEN_RISK_MANAGER',
          path: '/v1/limits',
          body: {
            limitId: `below-${process.pid}`,
            portfolioId: 'GLOBAL-CORE',
            name: 'No loss under stress',
            measure: 'stressLoss',
            scope: { level: 'portfolio' },
            direction: 'lower',
            bound: { kind: 'absolute', value: 0.1 },
            severity: 'soft',
            effectiveFrom: '2020-01-01T00:00:00.000Z',
          },
        }),
    },
    {
      name: 'the waiver of a breach that is resolved',
      status: 409,
      code: 'LIMITS.BREACH_TRANSITION_REFUSED',
      request: async (access) => {
        const list = `${access['LIMITS_URL'] ?? ''}/v1/breaches?portfolioId=GLOBAL-CORE&resolved=true&limit=1`;
        const answer = await freshFetch(list, { headers: { authorization: `Bearer ${access['TOKEN_VIEWER'] ?? ''}` } });
        const { items } = (await answer.json()) as { items: { breachId: string }[] };
        const path = `/v1/breaches/${items[0]?.breachId ?? ''}/waiver`;
        const body = { expiresAt: '2099-01-01T00:00:00.000Z', reason: 'too late' };
        return send(access, { service: 'LIMITS', as: 'TOKEN_APPROVER', path, body });
      },
    },
  ];
}
