import { isInfrastructureError, type Migration, type Persistence, schemaStatus } from '@risk-budget/persistence';
import type { Logger } from '../logging/logger.js';

const firstPauseMs = 200;
const longestPauseMs = 2000;

/** A service was stopped while it was still starting. */
export class StartAbortedError extends Error {
  constructor() {
    super('the service was stopped before it had started');
    this.name = 'StartAbortedError';
  }
}

/** Repeats `attempt` while the infrastructure is away. @throws what it throws otherwise, and StartAbortedError when stopped */
export async function whenReachable<T>(
  what: string,
  attempt: () => Promise<T>,
  logger: Logger,
  stopped: AbortSignal,
  onTrouble: (error: unknown) => void,
): Promise<T> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    if (stopped.aborted) throw new StartAbortedError();
    try {
      return await attempt();
    } catch (error) {
      if (!isInfrastructureError(error)) throw error;
      onTrouble(error);
      logger.warn(`${what} cannot be reached, waiting`, { error });
      await pause(pauseMs, stopped);
    }
  }
}

/** Waits until every migration of the code has run; a schema that is ahead will do. */
export async function whenMigrated(
  persistence: Persistence,
  migrations: readonly Migration[],
  logger: Logger,
  stopped: AbortSignal,
): Promise<void> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, 2000)) {
    if (stopped.aborted) throw new StartAbortedError();
    const status = await schemaStatus(persistence, migrations).catch((error: unknown) => {
      if (!isInfrastructureError(error)) throw error;
      return undefined;
    });
    if (status !== undefined && status.state !== 'behind') return;
    logger.warn('the schema is behind, waiting for its migrations', { missing: status?.missing });
    await pause(pauseMs, stopped);
  }
}

function pause(ms: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      stopped.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    stopped.addEventListener('abort', end);
  });
}
