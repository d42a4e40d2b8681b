import type { Actor, EventDefinition } from '@risk-budget/contracts';
import { ConflictError, NotFoundError } from '@risk-budget/contracts';
import type { Outbox } from '@risk-budget/messaging';
import type { Persistence, Tx } from '@risk-budget/persistence';
import type { JobService } from '../jobs/job.service.js';
import type { Job, RunningJob } from '../jobs/job.types.js';
import type { RepublishContext, ServiceDefinition } from '../service/define-service.js';

/** Kind of the job that publishes state again. */
export const republishJobKind = 'service-kit.republish';

export interface RepublishInput {
  readonly topic: string;
  readonly key?: string | undefined;
}

/** Publishes the state of a topic again through the hook of the service's definition. */
export class RepublishService {
  constructor(
    private readonly definition: Pick<ServiceDefinition, 'topics' | 'republish'>,
    private readonly jobs: JobService,
    private readonly persistence: Persistence,
    private readonly outbox: Outbox,
    private readonly get: RepublishContext['get'],
  ) {}

  /** @throws NotFoundError for a topic that is not this service's, ConflictError for one that keeps no state or has no hook */
  assertRepublishable(name: string): void {
    const topic = this.definition.topics.publishes.find((candidate) => candidate.name === name);
    if (topic === undefined) throw new NotFoundError('topic of this service', name, 'MESSAGING.UNKNOWN_TOPIC');
    if (topic.kind !== 'state' || this.definition.republish === undefined) {
      throw new ConflictError(
        'NOT_REPUBLISHABLE',
        `The topic ${name} keeps no state that this service could publish again.`,
      );
    }
  }

  submit(tx: Tx, input: RepublishInput, owner: Actor): Promise<Job> {
    return this.jobs.submit(tx, { kind: republishJobKind, input, owner });
  }

  /** Handler of the job. @returns how many events were published */
  async run(job: RunningJob<RepublishInput>): Promise<{ events: number }> {
    const topic = this.definition.topics.publishes.find((candidate) => candidate.name === job.input.topic);
    const { republish } = this.definition;
    if (topic === undefined || republish === undefined)
      throw new ConflictError('NOT_REPUBLISHABLE', `The topic ${job.input.topic} cannot be published again.`);
    let events = 0;
    const emit = async <Data>(
      definition: EventDefinition<Data>,
      event: { occurredAt: string; data: Data },
    ): Promise<void> => {
      job.signal.throwIfAborted();
      await job.transaction(
        async (tx) => void (await this.outbox.emit(tx, definition, { ...event, actor: job.owner })),
      );
      events++;
    };
    await this.persistence.transaction((tx) => republish({ topic, key: job.input.key, emit, tx, get: this.get }));
    return { events };
  }
}
