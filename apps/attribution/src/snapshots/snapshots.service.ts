import { Injectable } from '@nestjs/common';
import type { Principal } from '@risk-budget/service-kit';
import { PortfolioStore } from '@risk-budget/market-data';
import { AttributionError, unknownPortfolio } from '../errors.js';
import type { SnapshotQuery } from '../rest/parameters.js';
import { SnapshotRepository } from './snapshot.repository.js';
import type { StoredSnapshot } from './stored-snapshot.js';

/** Snapshots as those who may see them find them. */
@Injectable()
export class SnapshotsService {
  constructor(
    private readonly snapshots: SnapshotRepository,
    private readonly portfolios: PortfolioStore,
  ) {}

  /** @throws NotFoundError for a portfolio that does not exist, and in the same words for one that the principal may not see */
  async require(principal: Principal, portfolioId: string): Promise<void> {
    if (!principal.mayRead(portfolioId)) throw unknownPortfolio(portfolioId);
    if ((await this.portfolios.find(portfolioId)) !== undefined) return;
    if (!(await this.snapshots.knows(portfolioId))) throw unknownPortfolio(portfolioId);
  }

  /** @throws AttributionError `NO_SNAPSHOT`, `UNKNOWN_SNAPSHOT` */
  async find(portfolioId: string, { asOf, snapshotId }: SnapshotQuery): Promise<StoredSnapshot> {
    if (snapshotId !== undefined) {
      const found = await this.snapshots.find(snapshotId);
      if (found?.portfolioId === portfolioId) return found;
      const detail = `The portfolio '${portfolioId}' has no snapshot '${snapshotId}'.`;
      throw new AttributionError('ATTRIBUTION.UNKNOWN_SNAPSHOT', detail);
    }
    const found = await this.snapshots.at(portfolioId, asOf);
    if (found !== undefined) return found;
    throw new AttributionError(
      'ATTRIBUTION.NO_SNAPSHOT',
      `There is no snapshot of the portfolio '${portfolioId}'${asOf === undefined ? '' : ` up to ${asOf}`}.`,
    );
  }
}
