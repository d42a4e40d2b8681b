import { setTimeout as pause } from 'node:timers/promises';
import type { Actor, TopicDefinition } from '@risk-budget/contracts';
import { ConflictError, NotFoundError } from '@risk-budget/contracts';
import type { PublishedStates } from '@risk-budget/messaging';
import type { Tx } from '@risk-budget/persistence';
import type { JobService } from '../jobs/job.service.js';
import type { Job, RunningJob } from '../jobs/job.types.js';
import type { ServiceDefinition } from '../service/define-service.js';

/** Kind of the job that publishes state again. */
export const republishJobKind = 'service-kit.republish';

const LOOK_MS = 100;

export interface RepublishInput {
  readonly topic: string;
  readonly key?: string | undefined;
}

/** Publishes the last event of each key of a state topic again, as it was: whoever has applied it drops it by its id or its sequence. */
export class RepublishService {
  constructor(
    private readonly definition: Pick<ServiceDefinition, 'topics'>,
    private readonly jobs: JobService,
    private readonly states: PublishedStates,
  ) {}

  /** @throws NotFoundError for a topic that is not this service's, ConflictError for one that keeps no state */
  assertRepublishable(name: string): void {
    this.topicOf(name);
  }

  submit(tx: Tx, input: RepublishInput, owner: Actor): Promise<Job> {
    return this.jobs.submit(tx, { kind: republishJobKind, input, owner });
  }

  /** Handler of the job; ends when the log has taken them. @returns how many events were published */
  async run(job: RunningJob<RepublishInput>): Promise<{ events: number }> {
    const topic = this.topicOf(job.input.topic);
    const events = await this.states.want(topic, job.input.key);
    while ((await this.states.waiting(topic)) > 0) await pause(LOOK_MS, undefined, { signal: job.signal });
    return { events };
  }

  private topicOf(name: string): TopicDefinition {
    const topic = this.definition.topics.publishes.find((candidate) => candidate.name === name);
    if (topic === undefined) throw new NotFoundError('topic of this service', name, 'MESSAGING.UNKNOWN_TOPIC');
    if (topic.kind !== 'state') throw new ConflictError('NOT_REPUBLISHABLE', `The topic ${name} keeps no state.`);
    return topic;
  }
}
