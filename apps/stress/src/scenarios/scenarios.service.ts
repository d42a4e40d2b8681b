import { Inject, Injectable } from '@nestjs/common';
import type { Actor, Clock } from '@risk-budget/contracts';
import { Persistence, type Tx } from '@risk-budget/persistence';
import {
  AuditService,
  canonicalJson,
  CLOCK,
  decodeCursor,
  serviceChain,
  toPage,
  type IfMatchCondition,
  type Page,
  type Principal,
} from '@risk-budget/service-kit';
import { z } from 'zod';
import { StressError } from '../errors.js';
import { personKey } from '../person.js';
import { after } from './scenario-states.js';
import {
  scenarioVersion,
  type ScenarioContent,
  type ScenarioStatus,
  type ScenarioVersion,
  type ScenarioVersionView,
  type ScenarioView,
} from './scenario.types.js';
import { ScenariosRepository, type ScenarioHead } from './scenarios.repository.js';

/** By whom and by which door a proposal came. */
export interface ProposalOrigin {
  readonly by: Actor;
  readonly source: 'rest' | 'topic';
}

export interface LibraryQuery {
  readonly kind?: string | undefined;
  readonly status?: ScenarioStatus | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** The library: what is proposed counts for nothing until somebody who has not written it approves it. */
@Injectable()
export class ScenariosService {
  constructor(
    private readonly persistence: Persistence,
    private readonly scenarios: ScenariosRepository,
    private readonly audit: AuditService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async list(query: LibraryQuery): Promise<Page<ScenarioView>> {
    const position = decodeCursor(query.cursor, z.string().min(1).max(64));
    return this.persistence.transaction(async (tx) => {
      const heads = await this.scenarios.heads(tx, { ...query, after: position }, query.limit + 1);
      const views = await this.views(tx, heads);
      return toPage(
        views,
        query.limit,
        (view) => view.scenarioId,
        (view) => view,
      );
    });
  }

  async get(scenarioId: string): Promise<ScenarioView> {
    return this.persistence.transaction((tx) => this.view(tx, scenarioId));
  }

  async versions(scenarioId: string): Promise<ScenarioVersionView[]> {
    const found = await this.persistence.transaction((tx) => this.scenarios.versions(tx, [scenarioId]));
    if (found.length === 0) throw unknownScenario(scenarioId);
    return found.map(viewOf);
  }

  /** @throws StressError `STRESS.SCENARIO_EXISTS` */
  async create(principal: Principal, scenarioId: string, content: ScenarioContent): Promise<ScenarioView> {
    return this.persistence.transaction(async (tx) => {
      if (!(await this.scenarios.insertHead(tx, scenarioId))) {
        throw new StressError('STRESS.SCENARIO_EXISTS', `The library has a scenario '${scenarioId}'.`);
      }
      await this.add(tx, scenarioId, 'created', content, { by: principal.actor, source: 'rest' }, []);
      return this.view(tx, scenarioId);
    });
  }

  /** Proposes a new version. What is in force stays so until it is approved. */
  async revise(
    principal: Principal,
    scenarioId: string,
    content: ScenarioContent,
    ifMatch: IfMatchCondition,
  ): Promise<ScenarioView> {
    return this.persistence.transaction(async (tx) => {
      const versions = await this.current(tx, scenarioId, ifMatch);
      await this.add(tx, scenarioId, 'revised', content, { by: principal.actor, source: 'rest' }, versions);
      await this.scenarios.touch(tx, scenarioId);
      return this.view(tx, scenarioId);
    });
  }

  /** Proposes the end of a scenario. @throws StressError `STRESS.NOTHING_IN_FORCE` */
  async retire(principal: Principal, scenarioId: string, reason: string): Promise<ScenarioView> {
    return this.persistence.transaction(async (tx) => {
      const versions = await this.current(tx, scenarioId);
      const active = versions.find(({ status }) => status === 'active');
      if (active === undefined) {
        throw new StressError('STRESS.NOTHING_IN_FORCE', `No version of '${scenarioId}' is in force.`);
      }
      const content = { ...active.content, reason };
      await this.add(tx, scenarioId, 'retired', content, { by: principal.actor, source: 'rest' }, versions);
      await this.scenarios.touch(tx, scenarioId);
      return this.view(tx, scenarioId);
    });
  }

  /** What a topic wants: a new scenario, or a new version. Saying the same twice changes nothing. */
  async proposeOrRevise(tx: Tx, scenarioId: string, content: ScenarioContent, by: Actor): Promise<void> {
    const isNew = await this.scenarios.insertHead(tx, scenarioId);
    const versions = await this.current(tx, scenarioId);
    const last = versions.at(-1);
    const open = last?.status === 'proposed' || last?.status === 'active';
    if (open && last.change !== 'retired' && canonicalJson(last.content) === canonicalJson(content)) return;
    await this.add(tx, scenarioId, isNew ? 'created' : 'revised', content, { by, source: 'topic' }, versions);
    if (!isNew) await this.scenarios.touch(tx, scenarioId);
  }

  /** Approves the version that waits, a retirement included. @throws StressError `STRESS.OWN_APPROVAL`, `STRESS.NOTHING_PROPOSED` */
  async approve(principal: Principal, scenarioId: string, ifMatch: IfMatchCondition): Promise<ScenarioView> {
    return this.decide(principal, scenarioId, ifMatch, async (tx, proposed, active) => {
      const now = this.clock.now();
      if (active !== undefined) {
        await this.scenarios.decide(tx, { ...active, status: after(active.status, 'replace'), inForceTo: now });
      }
      const retires = proposed.change === 'retired';
      await this.scenarios.decide(tx, {
        ...proposed,
        status: after(proposed.status, retires ? 'approveRetirement' : 'approve'),
        approvedBy: principal.actor,
        approvedAt: now,
        inForceFrom: retires ? null : now,
      });
      return retires ? 'scenario.retired' : 'scenario.approved';
    });
  }

  /** Rejects the version that waits; what is in force stays. */
  async reject(
    principal: Principal,
    scenarioId: string,
    reason: string,
    ifMatch: IfMatchCondition,
  ): Promise<ScenarioView> {
    return this.decide(principal, scenarioId, ifMatch, async (tx, proposed) => {
      await this.scenarios.decide(tx, {
        ...proposed,
        status: after(proposed.status, 'reject'),
        rejectedBy: principal.actor,
        rejectedAt: this.clock.now(),
        rejectionReason: reason,
      });
      return 'scenario.rejected';
    });
  }

  private async decide(
    principal: Principal,
    scenarioId: string,
    ifMatch: IfMatchCondition,
    work: (tx: Tx, proposed: ScenarioVersion, active: ScenarioVersion | undefined) => Promise<string>,
  ): Promise<ScenarioView> {
    return this.persistence.transaction(async (tx) => {
      const head = await this.scenarios.lock(tx, scenarioId);
      if (head === undefined) throw unknownScenario(scenarioId);
      const versions = await this.scenarios.versions(tx, [scenarioId]);
      const proposed = versions.find(({ status }) => status === 'proposed');
      if (proposed?.editors.includes(personKey(principal.actor)) === true) {
        throw new StressError('STRESS.OWN_APPROVAL', 'Whoever wrote a version may not decide on it.');
      }
      ifMatch.require(head.revision);
      if (proposed === undefined) {
        throw new StressError('STRESS.NOTHING_PROPOSED', `No version of '${scenarioId}' waits for a decision.`);
      }
      const active = versions.find(({ status }) => status === 'active');
      const action = await work(tx, proposed, active);
      await this.scenarios.touch(tx, scenarioId);
      await this.record(tx, principal.actor, action, proposed);
      return this.view(tx, scenarioId);
    });
  }

  /** A version that waits; it takes the place of one that waits already, whose writers count as writers of this one. */
  private async add(
    tx: Tx,
    scenarioId: string,
    change: ScenarioVersion['change'],
    content: ScenarioContent,
    origin: ProposalOrigin,
    versions: readonly ScenarioVersion[],
  ): Promise<void> {
    const waiting = versions.find(({ status }) => status === 'proposed');
    if (waiting !== undefined) await this.scenarios.decide(tx, { ...waiting, status: after('proposed', 'replace') });
    const version: ScenarioVersion = {
      scenarioId,
      version: (versions.at(-1)?.version ?? 0) + 1,
      change,
      status: 'proposed',
      content,
      source: origin.source,
      proposedBy: origin.by,
      proposedAt: this.clock.now(),
      editors: [...new Set([...(waiting?.editors ?? []), personKey(origin.by)])],
      approvedBy: null,
      approvedAt: null,
      rejectedBy: null,
      rejectedAt: null,
      rejectionReason: null,
      inForceFrom: null,
      inForceTo: null,
    };
    await this.scenarios.insert(tx, version);
    const actions = { created: 'proposed', revised: 'revisionProposed', retired: 'retirementProposed' } as const;
    await this.record(tx, origin.by, `scenario.${actions[change]}`, version);
  }

  private async current(tx: Tx, scenarioId: string, ifMatch?: IfMatchCondition): Promise<ScenarioVersion[]> {
    const head = await this.scenarios.lock(tx, scenarioId);
    if (head === undefined) throw unknownScenario(scenarioId);
    ifMatch?.require(head.revision);
    return this.scenarios.versions(tx, [scenarioId]);
  }

  private async view(tx: Tx, scenarioId: string): Promise<ScenarioView> {
    const head = await this.scenarios.head(tx, scenarioId);
    const [view] = head === undefined ? [] : await this.views(tx, [head]);
    if (view === undefined) throw unknownScenario(scenarioId);
    return view;
  }

  private async views(tx: Tx, heads: readonly ScenarioHead[]): Promise<ScenarioView[]> {
    const versions = await this.scenarios.versions(
      tx,
      heads.map((head) => head.scenarioId),
    );
    return heads.flatMap(({ scenarioId, revision }) => {
      const own = versions.filter((version) => version.scenarioId === scenarioId);
      const latest = own.at(-1);
      if (latest === undefined) return [];
      const inForce = own.find(({ status }) => status === 'active');
      const proposed = own.find(({ status }) => status === 'proposed');
      return [
        {
          scenarioId,
          revision,
          inForce: inForce === undefined ? null : viewOf(inForce),
          proposed: proposed === undefined ? null : viewOf(proposed),
          latest: viewOf(latest),
        },
      ];
    });
  }

  private async record(tx: Tx, actor: Actor, action: string, version: ScenarioVersion): Promise<void> {
    await this.audit.append(tx, {
      chain: serviceChain,
      actor,
      action,
      subject: version.scenarioId,
      data: { version: version.version, source: version.source, content: version.content },
    });
  }
}

function viewOf(version: ScenarioVersion): ScenarioVersionView {
  return scenarioVersion.parse(version);
}

function unknownScenario(scenarioId: string): StressError {
  return new StressError('STRESS.UNKNOWN_SCENARIO', `The library has no scenario '${scenarioId}'.`);
}
