import { Injectable } from '@nestjs/common';
import type { Instant } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';
import { BreachesRepository } from '../breaches/breaches.repository.js';
import { BreachesService } from '../breaches/breaches.service.js';
import { StandingsRepository } from './standings.repository.js';

/** What the end of a limit does: its breach is resolved, and it stands no more. */
@Injectable()
export class LimitEnding {
  constructor(
    private readonly breaches: BreachesRepository,
    private readonly service: BreachesService,
    private readonly standings: StandingsRepository,
  ) {}

  async end(tx: Tx, limit: { readonly limitId: string; readonly portfolioId: string }, at: Instant): Promise<void> {
    const unresolved = await this.breaches.unresolved(tx, [limit.portfolioId]);
    const breach = unresolved.find((one) => one.limitId === limit.limitId);
    if (breach !== undefined) await this.service.resolve(tx, breach, at, 'The limit is no longer in force.');
    const standing = (await this.standings.of(tx, [limit.portfolioId])).find((one) => one.limitId === limit.limitId);
    if (standing === undefined || standing.state === 'notInForce') return;
    const ended = { ...standing, state: 'notInForce' as const, since: at, at };
    await this.standings.put(tx, [ended]);
    await this.standings.addChanges(tx, [ended]);
  }
}
