import { Injectable } from '@nestjs/common';
import { breachChanged, limitDefined, type Breach, type Instant, type LimitDefinition } from '@risk-budget/contracts';
import type { ReceivedEvent } from '@risk-budget/messaging';
import { executeLater, type Tx } from '@risk-budget/persistence';
import { Logger, type RebuildContext } from '@risk-budget/service-kit';
import { BreachesRepository } from '../breaches/breaches.repository.js';
import { BreachesService } from '../breaches/breaches.service.js';
import { LimitPublisher } from '../definitions/limit-publisher.js';
import type { LimitVersion } from '../definitions/limit.types.js';
import { LimitsRepository } from '../definitions/limits.repository.js';
import { OverridesRepository } from '../definitions/overrides.repository.js';
import { defaultEscalationPolicyId } from '../escalation/escalation-policy.types.js';
import { EscalationPoliciesRepository } from '../escalation/escalation-policies.repository.js';
import { PortfolioLock } from '../evaluation/portfolio-lock.js';
import { laterOf } from '../instants.js';
import { rebuiltBreach } from './rebuilt-breach.js';
import { rebuiltOverrides, rebuiltVersions } from './rebuilt-limit.js';

/** Rebuilds limits in force, their overrides and all breaches from what this service has published, where its schema is empty. */
@Injectable()
export class RebuildingService {
  constructor(
    private readonly limits: LimitsRepository,
    private readonly overrides: OverridesRepository,
    private readonly publisher: LimitPublisher,
    private readonly breaches: BreachesRepository,
    private readonly breachLife: BreachesService,
    private readonly policies: EscalationPoliciesRepository,
    private readonly lock: PortfolioLock,
    private readonly logger: Logger,
  ) {}

  async rebuild({ tx, own }: Pick<RebuildContext, 'tx' | 'own'>): Promise<void> {
    const definitions = await byOf(own(limitDefined), ({ limitId }) => limitId);
    const lives = await byOf(own(breachChanged), ({ breachId }) => breachId);
    const portfolios = new Map<string, Instant>();
    const told = [...definitions.values(), ...lives.values()].flat();
    for (const { data, recordedAt } of told)
      portfolios.set(data.portfolioId, laterOf(portfolios.get(data.portfolioId) ?? recordedAt, recordedAt));
    await this.lock.acquire(tx, [...portfolios.keys()]);
    for (const [portfolioId, until] of portfolios) {
      await executeLater(tx, 'UPDATE portfolio_evaluation SET rebuilt_until = $2 WHERE portfolio_id = $1', [
        portfolioId,
        until,
      ]);
    }
    const versions = new Map<string, LimitVersion[]>();
    for (const [limitId, events] of definitions) versions.set(limitId, await this.rebuildLimit(tx, events));
    let count = 0;
    for (const events of lives.values()) if (await this.rebuildBreach(tx, events, versions)) count += 1;
    if (told.length > 0) this.logger.info('rebuilt from own topics', { limits: definitions.size, breaches: count });
  }

  private async rebuildLimit(tx: Tx, events: readonly ReceivedEvent<LimitDefinition>[]): Promise<LimitVersion[]> {
    const [first, last] = [events[0], events.at(-1)];
    if (first === undefined || last === undefined) return [];
    const { limitId, portfolioId } = last.data;
    await this.limits.insertHead(tx, { limitId, portfolioId }, first.occurredAt);
    await executeLater(tx, 'UPDATE limit_head SET published = $2, rebuilt_until = $3 WHERE limit_id = $1', [
      limitId,
      JSON.stringify(last.data),
      last.recordedAt,
    ]);
    const versions = rebuiltVersions(events);
    for (const version of versions) await this.limits.insertVersion(tx, version);
    for (const override of rebuiltOverrides(last)) {
      await this.overrides.insert(tx, override);
      await this.overrides.updateDecision(tx, override);
    }
    await this.publisher.scheduleNext(tx, last.data, last.occurredAt);
    return versions;
  }

  private async rebuildBreach(
    tx: Tx,
    events: readonly ReceivedEvent<Breach>[],
    versions: ReadonlyMap<string, readonly LimitVersion[]>,
  ): Promise<boolean> {
    const [first] = events;
    const ofLimit = versions.get(first?.data.limitId ?? '') ?? [];
    const version = ofLimit.find((one) => one.version === first?.data.limitVersion) ?? ofLimit.at(-1);
    const rebuilt = version === undefined ? undefined : rebuiltBreach(events, version);
    if (rebuilt === undefined) return false;
    // Policies are on no topic: one that is not here any more leaves the default in its place.
    const known = await this.policies.find(tx, rebuilt.breach.escalationPolicyId);
    const breach =
      known === undefined ? { ...rebuilt.breach, escalationPolicyId: defaultEscalationPolicyId } : rebuilt.breach;
    await this.breaches.insert(tx, breach);
    for (const transition of rebuilt.transitions) await this.breaches.addTransition(tx, breach.breachId, transition);
    await this.breachLife.resume(tx, breach);
    return true;
  }
}

async function byOf<Data>(
  events: AsyncIterable<ReceivedEvent<Data>>,
  keyOf: (data: Data) => string,
): Promise<Map<string, ReceivedEvent<Data>[]>> {
  const found = new Map<string, ReceivedEvent<Data>[]>();
  for await (const event of events) {
    const key = keyOf(event.data);
    const known = found.get(key);
    if (known === undefined) found.set(key, [event]);
    else known.push(event);
  }
  return found;
}
