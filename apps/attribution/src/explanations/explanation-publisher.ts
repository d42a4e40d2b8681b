import { Injectable } from '@nestjs/common';
import { changeExplained, changeUnexplained, type CodedError } from '@risk-budget/contracts';
import { Outbox } from '@risk-budget/messaging';
import type { Tx } from '@risk-budget/persistence';
import { Metrics } from '@risk-budget/service-kit';
import type { ChangeAnswer } from '../changes/change.types.js';
import type { ExplanationSubject } from './explanation.types.js';
import { ExplanationsRepository } from './explanations.repository.js';

/** Which event an explanation follows from. */
export interface Origin {
  readonly correlationId: string;
  readonly causationId?: string;
}

/** Stores explanations and tells of them, in one transaction. */
@Injectable()
export class ExplanationPublisher {
  private readonly published;

  constructor(
    private readonly explanations: ExplanationsRepository,
    private readonly outbox: Outbox,
    metrics: Metrics,
  ) {
    this.published = metrics.counter('risk_budget_explanations_total', 'Explanations published', ['cause', 'state']);
  }

  async explained(tx: Tx, subject: ExplanationSubject, answer: ChangeAnswer, origin: Origin): Promise<void> {
    const data = { ...subject, ...answer };
    await this.explanations.insert(tx, { ...data, state: 'explained' });
    await this.outbox.emit(tx, changeExplained, { occurredAt: subject.asOf, data, ...origin });
    this.published.inc({ cause: subject.cause, state: 'explained' });
  }

  async unexplained(
    tx: Tx,
    subject: ExplanationSubject & { readonly toSnapshotId: string },
    { code, detail }: Pick<CodedError, 'code' | 'detail'>,
    origin: Origin,
  ): Promise<void> {
    const data = { ...subject, code, detail };
    await this.explanations.insert(tx, { ...data, state: 'unexplained' });
    await this.outbox.emit(tx, changeUnexplained, { occurredAt: subject.asOf, data, ...origin });
    this.published.inc({ cause: subject.cause, state: 'unexplained' });
  }
}
