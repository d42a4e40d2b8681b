import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { topics, type ScenarioWanted } from '@risk-budget/contracts';
import type { BatchContext, ReceivedEvent } from '@risk-budget/messaging';
import { upstreamService } from '../person.js';
import { ScenariosService } from './scenarios.service.js';

/** Receives the scenarios that other services want. They wait for approval like any other. */
@Controller()
export class ScenariosConsumer {
  constructor(private readonly scenarios: ScenariosService) {}

  @EventPattern<string>(topics.scenarios.name)
  async onScenariosWanted(
    @Payload() events: ReceivedEvent<ScenarioWanted>[],
    @Ctx() batch: BatchContext,
  ): Promise<void> {
    for (const { data, source } of events) {
      const { scenarioId, name, description, shocks, knownFrom, source: origin } = data;
      const content = {
        name,
        ...(description === undefined ? {} : { description }),
        knownFrom,
        definition: { kind: 'hypothetical' as const, shocks },
        ...(origin === undefined ? {} : { reason: `From ${origin}` }),
      };
      await this.scenarios.proposeOrRevise(batch.tx, scenarioId, content, upstreamService(source));
    }
  }
}
