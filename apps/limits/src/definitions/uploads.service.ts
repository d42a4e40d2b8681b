import { Injectable } from '@nestjs/common';
import { CodedError, type FieldProblem, type LimitProposal } from '@risk-budget/contracts';
import { Persistence } from '@risk-budget/persistence';
import type { Principal } from '@risk-budget/service-kit';
import { badUpload } from '../errors.js';
import { PortfolioLock } from '../evaluation/portfolio-lock.js';
import { ProposalsService, type ProposalOutcome } from './proposals.service.js';

/** What became of a row. */
export interface UploadedRow {
  readonly limitId: string;
  readonly version: number;
  readonly outcome: ProposalOutcome['outcome'];
}

/** Limits from a file: all of them become proposals, or none does. Nothing in a file is in force before somebody else approves it. */
@Injectable()
export class UploadsService {
  constructor(
    private readonly persistence: Persistence,
    private readonly proposals: ProposalsService,
    private readonly lock: PortfolioLock,
  ) {}

  /** @throws CodedError `LIMITS.BAD_UPLOAD` with what is wrong with each row */
  async upload(principal: Principal, proposals: readonly LimitProposal[]): Promise<UploadedRow[]> {
    return this.persistence.transaction(async (tx) => {
      const foreign = proposals.flatMap(({ portfolioId }, index) =>
        principal.mayRead(portfolioId)
          ? []
          : [{ field: `rows[${index}].portfolioId`, problem: `There is no portfolio '${portfolioId}'.` }],
      );
      if (foreign.length > 0) throw badUpload(foreign);
      await this.lock.acquire(
        tx,
        proposals.map(({ portfolioId }) => portfolioId),
      );
      const problems: FieldProblem[] = [];
      const uploaded: UploadedRow[] = [];
      for (const [index, proposal] of proposals.entries()) {
        try {
          const origin = { by: principal.actor, source: 'file' } as const;
          const { version, outcome } = await this.proposals.proposeOrRevise(tx, proposal, origin);
          uploaded.push({ limitId: version.limitId, version: version.version, outcome });
        } catch (error) {
          if (!CodedError.is(error) || error.status >= 500) throw error;
          problems.push(...problemsOf(error, index));
        }
      }
      if (problems.length > 0) throw badUpload(problems.slice(0, 100));
      return uploaded;
    });
  }
}

function problemsOf(error: CodedError, index: number): FieldProblem[] {
  if (error.errors.length === 0) return [{ field: `rows[${index}]`, problem: error.message }];
  return error.errors.map((one) => ({
    ...one,
    field: `rows[${index}].${one.field}`,
    problem: `${error.code}: ${one.problem}`,
  }));
}
