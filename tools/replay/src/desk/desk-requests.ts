import { z } from 'zod';
import type { DeskAction, DeskActionOf } from '../script/desk.schema.js';
import type { RestAnswer, RestClient, RestRequest } from './rest-client.js';

/** A request without the token of whoever sends it. */
export type DeskRequest = Omit<RestRequest, 'token'>;

/** What earlier actions answered with, by the name that the script gave them. */
export type Answers = ReadonlyMap<string, unknown>;

/** Actions that are one request to a service; the others are played by the systems upstream. */
export type RestAction = Exclude<
  DeskAction,
  DeskActionOf<'publishLimit'> | DeskActionOf<'executeRebalancing'> | DeskActionOf<'sell'>
>;

const allocationAnswer = z.object({ allocationId: z.string() });
const planAnswer = z.object({ planId: z.string(), portfolioId: z.string() });
const dynamicPolicyAnswer = z.object({ dynamicPolicyId: z.string(), portfolioId: z.string() });
const adjustmentPage = z.object({ items: z.array(z.object({ adjustmentId: z.string() })) });
const limitAnswer = z.object({ revision: z.number() });
const breachPage = z.object({ items: z.array(z.object({ breachId: z.string() })) });

/** Builds the request of an action; asks the services for ids and versions where the script names things. */
export class DeskRequests {
  constructor(
    private readonly rest: RestClient,
    private readonly answers: Answers,
    private readonly readFile: (file: string) => string,
  ) {}

  /** @param key idempotency key of a request that creates something */
  async of(action: RestAction, token: string, key: string): Promise<DeskRequest> {
    const creating = { 'idempotency-key': key };
    switch (action.do) {
      case 'computeAllocation':
        return post('allocation', `${portfolio(action)}/allocations`, action.request, creating);
      case 'draftPlan': {
        const { allocationId } = allocationAnswer.parse(this.answers.get(action.allocation));
        return post('allocation', `${portfolio(action)}/plans`, { allocationId, ...action.request }, creating);
      }
      case 'approvePlan':
        return this.decision(`${this.plan(action.plan)}/approval`, token, creating);
      case 'activatePlan':
        return this.decision(`${this.plan(action.plan)}/activation`, token, creating);
      case 'proposeDynamicPolicy':
        return post('allocation', `${portfolio(action)}/dynamic-policies`, action.request, creating);
      case 'approveDynamicPolicy': {
        const { dynamicPolicyId, portfolioId } = dynamicPolicyAnswer.parse(this.answers.get(action.policy));
        return post('allocation', `/v1/portfolios/${portfolioId}/dynamic-policies/${dynamicPolicyId}/approval`, {});
      }
      case 'proposeScenario': {
        const { scenarioId, content } = action;
        return post('stress', '/v1/scenarios', { scenarioId, content }, creating);
      }
      case 'approveScenario': {
        const path = `/v1/scenarios/${action.scenarioId}`;
        const { etag } = await this.rest.send({ service: 'stress', method: 'GET', path, token });
        return post('stress', `${path}/approval`, undefined, { 'if-match': etag ?? '*' });
      }
      case 'approveLimitRise':
        return post('allocation', `${await this.adjustment(action, token)}/limit-approval`, { reason: action.reason });
      case 'defineEscalationPolicy':
        return post('limits', '/v1/escalation-policies', action.policy, creating);
      case 'proposeLimit':
        return post('limits', '/v1/limits', action.limit, creating);
      case 'fileLimits': {
        const text = { contentType: 'text/csv', content: this.readFile(action.file) };
        return { service: 'limits', method: 'POST', path: '/v1/limit-uploads/csv', text };
      }
      case 'approveLimit':
        return post('limits', `/v1/limits/${action.limitId}/approval`, {}, await this.version(action.limitId, token));
      case 'checkTrade':
        return post('limits', `${portfolio(action)}/pre-trade-checks`, { trades: action.trades }, creating);
      case 'read':
        return { service: action.service, method: 'GET', path: action.path };
      case 'acknowledge':
        return post('limits', `${await this.breach(action.limitId, token)}/acknowledgement`, { reason: action.reason });
      case 'waive': {
        const { expiresAt, reason } = action;
        return post('limits', `${await this.breach(action.limitId, token)}/waiver`, { expiresAt, reason });
      }
      case 'planRemediation': {
        const { plan, dueAt } = action;
        return post('limits', `${await this.breach(action.limitId, token)}/remediation`, { plan, dueAt });
      }
    }
  }

  private plan(name: string): string {
    const { planId, portfolioId } = planAnswer.parse(this.answers.get(name));
    return `/v1/portfolios/${portfolioId}/plans/${planId}`;
  }

  /** A decision on a plan, on exactly the version that the person has read. */
  private async decision(path: string, token: string, headers: Record<string, string>): Promise<DeskRequest> {
    const plan = path.slice(0, path.lastIndexOf('/'));
    const { etag } = await this.rest.send({ service: 'allocation', method: 'GET', path: plan, token });
    return post('allocation', path, {}, { ...headers, ...(etag === undefined ? {} : { 'if-match': etag }) });
  }

  /** The last adjustment of a portfolio's budgets. */
  private async adjustment(of: { readonly portfolioId: string }, token: string): Promise<string> {
    const path = `${portfolio(of)}/budget-adjustments`;
    const last = { service: 'allocation', method: 'GET', path: `${path}?limit=1`, token } as const;
    const [found] = (await this.rest.call(last, adjustmentPage)).items;
    if (found === undefined) throw new Error(`the budgets of ${of.portfolioId} have not been adjusted`);
    return `${path}/${found.adjustmentId}`;
  }

  /** The unresolved breach of a limit. */
  private async breach(limitId: string, token: string): Promise<string> {
    const path = `/v1/breaches?limitId=${limitId}&resolved=false`;
    const { items } = await this.rest.call({ service: 'limits', method: 'GET', path, token }, breachPage);
    const [found] = items;
    if (found === undefined) throw new Error(`the limit ${limitId} has no breach to act on`);
    return `/v1/breaches/${found.breachId}`;
  }

  /** The version of a limit that the person has read. */
  private async version(limitId: string, token: string): Promise<Record<string, string>> {
    const path = `/v1/limits/${limitId}`;
    const { revision } = await this.rest.call({ service: 'limits', method: 'GET', path, token }, limitAnswer);
    return { 'if-match': `"${revision}"` };
  }
}

/** What a trade check said. */
export const checkAnswer = z.object({ result: z.enum(['pass', 'soft', 'hard']) });

/** How an accepted request went, in a word or two. */
export function outcomeOf(action: RestAction, answer: RestAnswer): string {
  if (action.do === 'checkTrade') return checkAnswer.parse(answer.body).result;
  return 'accepted';
}

function portfolio({ portfolioId }: { readonly portfolioId: string }): string {
  return `/v1/portfolios/${portfolioId}`;
}

function post(service: string, path: string, body: unknown, headers: Record<string, string> = {}): DeskRequest {
  return { service, method: 'POST', path, body, headers };
}
