import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { changeExplained, topics, type ChangeExplanation, type UnexplainedChange } from '@risk-budget/contracts';
import type { BatchContext, ReceivedEvent } from '@risk-budget/messaging';
import { explanationDocument } from './explanation.types.js';
import { ExplanationsRepository } from './explanations.repository.js';

/** Receives what explains breaches, to be shown with them. */
@Controller()
export class AttributionsConsumer {
  constructor(private readonly explanations: ExplanationsRepository) {}

  @EventPattern<string>(topics.attributions.name)
  async onAttributions(
    @Payload() events: readonly ReceivedEvent<ChangeExplanation | UnexplainedChange>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    for (const { type, data } of events) {
      const { breachId, transition, asOf } = data;
      if (breachId === null || transition === null) continue;
      const state = type === changeExplained.type ? 'explained' : 'unexplained';
      await this.explanations.put(
        tx,
        { breachId, transition, at: asOf },
        explanationDocument.parse({ ...data, state }),
      );
    }
  }
}
