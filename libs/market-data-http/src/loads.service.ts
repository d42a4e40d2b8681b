import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { ValidationError, type Clock } from '@risk-budget/contracts';
import { LoadFileStore, PortfolioStore, unknownLoad, type Load } from '@risk-budget/market-data';
import { Persistence } from '@risk-budget/persistence';
import { assertPortfolio, CLOCK, JobService, type Principal } from '@risk-budget/service-kit';
import type { z } from 'zod';
import { loadJobKind, type LoadJobInput } from './load.job.js';
import type { newLoad } from './schemas.js';

/** Takes files in and hands them to jobs. */
@Injectable()
export class LoadsService {
  constructor(
    private readonly persistence: Persistence,
    private readonly files: LoadFileStore,
    private readonly portfolios: PortfolioStore,
    private readonly jobs: JobService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async create(request: z.output<typeof newLoad>, principal: Principal): Promise<Load> {
    const { dataset, format, portfolioId } = request;
    if (portfolioId !== undefined) {
      assertPortfolio(principal, portfolioId);
      await this.portfolios.get(portfolioId);
    }
    const loadId = randomUUID();
    const knownAt = this.clock.now();
    return this.persistence.transaction(async (tx) => {
      await this.files.create({ loadId, dataset, format, portfolioId: portfolioId ?? null, knownAt }, tx);
      return this.files.get(loadId, tx);
    });
  }

  async upload(loadId: string, body: Readable | undefined, principal: Principal): Promise<Load> {
    await this.get(loadId, principal);
    return this.persistence.transaction(
      async (tx) => {
        const load = await this.files.lock(loadId, tx);
        if (load.jobId !== null) {
          body?.resume();
          return load;
        }
        const bytes = body === undefined ? 0 : await this.files.save(loadId, body, tx);
        if (bytes === 0) throw new ValidationError([{ field: 'body', problem: 'is empty' }]);
        const input: LoadJobInput = { loadId };
        const job = await this.jobs.submit(tx, {
          kind: loadJobKind,
          input,
          owner: principal.actor,
          ...(load.portfolioId === null ? {} : { portfolioId: load.portfolioId }),
        });
        await this.files.setJob(loadId, job.id, tx);
        return this.files.get(loadId, tx);
      },
      { retries: 0 }, // a body can be read only once
    );
  }

  /** @throws NotFoundError also for the load of a foreign portfolio */
  async get(loadId: string, principal: Principal): Promise<Load> {
    const load = await this.files.get(loadId);
    if (load.portfolioId !== null && !principal.mayRead(load.portfolioId)) throw unknownLoad(loadId);
    return load;
  }
}
