import { Persistence, type TransactionOptions, type Tx } from '@risk-budget/persistence';
import { currentContext } from '../context/request-context.js';

/**
 * The persistence that a service's providers get: the first transaction that an idempotent request commits also marks its key as used,
 * so that a repeat after a crash cannot commit it again.
 */
export class WorkPersistence extends Persistence {
  static around(persistence: Persistence): WorkPersistence {
    return new WorkPersistence(persistence.dataSource, persistence.schema, persistence.timescale);
  }

  override async transaction<T>(work: (tx: Tx) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const context = currentContext();
    const mark = context?.firstCommit;
    if (context === undefined || mark === undefined) return super.transaction(work, options);
    context.firstCommit = undefined;
    try {
      return await super.transaction(async (tx) => {
        const result = await work(tx);
        await mark(tx);
        return result;
      }, options);
    } catch (error) {
      // Nothing was committed: the mark is left to the request's next transaction.
      context.firstCommit = mark;
      throw error;
    }
  }
}
