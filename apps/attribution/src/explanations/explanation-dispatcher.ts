import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { isInfrastructureError, Persistence } from '@risk-budget/persistence';
import { Logger } from '@risk-budget/service-kit';
import { BreachExplanations } from './breach-explanations.js';
import { ExplanationTasksRepository } from './explanation-tasks.repository.js';

const POLL_MS = 250;
const AFTER_FAULT_MS = 60_000;

/** Explains the breaches that waited for what stands behind their snapshots; each belongs to one instance at a time. */
@Injectable()
export class ExplanationDispatcher implements OnApplicationBootstrap, OnApplicationShutdown {
  private stopped = false;
  private running: Promise<void> = Promise.resolve();
  private wake: () => void = () => undefined;

  constructor(
    private readonly persistence: Persistence,
    private readonly tasks: ExplanationTasksRepository,
    private readonly explanations: BreachExplanations,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const found = await this.round().catch((error: unknown) => {
        this.logger.error('breaches could not be explained', { error });
        return false;
      });
      if (!found) await this.pause();
    }
  }

  /** One a transaction, so that each explanation stands by itself. @returns whether there was one */
  private async round(): Promise<boolean> {
    let explanationId: string | undefined;
    try {
      return await this.persistence.transaction(async (tx) => {
        const [task] = await this.tasks.due(tx, 1);
        if (task === undefined) return false;
        explanationId = task.explanationId;
        await this.explanations.attempt(tx, task);
        return true;
      });
    } catch (error) {
      const failed = explanationId;
      if (failed === undefined || isInfrastructureError(error)) throw error;
      // A fault of ours: the others go on, this one is tried again when it may have been mended.
      this.logger.error('a breach could not be explained', { explanationId: failed, error });
      await this.persistence.transaction((tx) => this.tasks.postpone(tx, failed, AFTER_FAULT_MS));
      return true;
    }
  }

  private async pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timeout = setTimeout(resolve, POLL_MS);
      this.wake = () => {
        clearTimeout(timeout);
        resolve();
      };
      if (this.stopped) this.wake();
    });
  }
}
