import { budgetPlanChanged, defaultRiskPolicy, type BudgetPlanChange, type RiskModel } from '@risk-budget/contracts';
import { Upstream } from '@risk-budget/market-data/testing';
import { startTestService, type TestServiceHandle } from '@risk-budget/service-kit/testing';
import { allocationService } from '@risk-budget/allocation';
import { Person, type Answer } from './desk.js';
import { defineWorld, publishModel } from './world.js';

/** A service with a model and an allocation of P1, and the people who write, approve and change plans. */
export class PlanDesk {
  private constructor(
    readonly handle: TestServiceHandle,
    readonly upstream: Upstream,
    readonly people: Readonly<Record<'anna' | 'bert' | 'clara' | 'annaApproving', Person>>,
    readonly model: RiskModel,
    readonly allocationId: string,
  ) {}

  static async start(): Promise<PlanDesk> {
    const handle = await startTestService(allocationService, { config: { CLOCK: 'replay' } });
    const upstream = new Upstream(handle, 'allocation');
    const people = {
      anna: await Person.of(handle, 'anna', 'riskManager'),
      bert: await Person.of(handle, 'bert', 'riskManager'),
      clara: await Person.of(handle, 'clara', 'approver'),
      annaApproving: await Person.withRoles(handle, 'anna', ['riskManager', 'approver']),
    };
    await upstream.advance('2020-03-06T12:00:00.000Z');
    await defineWorld(upstream);
    const model = await publishModel(handle, upstream, defaultRiskPolicy, '2020-03-06T21:15:00.000Z');
    await upstream.advance('2020-03-06T21:30:00.000Z');
    const answer = await people.anna.post('P1/allocations', { method: 'riskParity', total: 0.2, reserve: 0.1 });
    return new PlanDesk(handle, upstream, people, model, String(answer.body['allocationId']));
  }

  async stop(): Promise<void> {
    await this.upstream.close();
    await this.handle.stop();
  }

  get anna(): Person {
    return this.people.anna;
  }

  get bert(): Person {
    return this.people.bert;
  }

  get clara(): Person {
    return this.people.clara;
  }

  get annaApproving(): Person {
    return this.people.annaApproving;
  }

  /** Every change of a plan that was published. */
  async events(): Promise<BudgetPlanChange[]> {
    return (await this.upstream.events(budgetPlanChanged)).map((event) => event.data);
  }

  draft(body: Record<string, unknown> = {}): Promise<Answer> {
    return this.anna.post('P1/plans', { allocationId: this.allocationId, ...body });
  }

  /** Drafted by one person, approved by another. */
  async approved(body: Record<string, unknown> = {}): Promise<Answer> {
    const drafted = await this.draft(body);
    const answer = await this.clara.post(`P1/plans/${idOf(drafted)}/approval`, {}, { ifMatch: drafted.etag });
    expect(answer.status).toBe(200);
    return answer;
  }
}

export function idOf(answer: Answer): string {
  return String(answer.body['planId']);
}

export function refused(status: number, code: string): { status: number; body: { code: string } } {
  return { status, body: { code } };
}

export const unknownId = '7b0d8f5e-93a5-4bb5-9a27-0c8d1f3a6f10';
