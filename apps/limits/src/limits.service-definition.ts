import { limitDefined, topics } from '@risk-budget/contracts';
import { marketDataMigrations, marketDataTopics } from '@risk-budget/market-data';
import { rows } from '@risk-budget/persistence';
import { defineService, type RepublishContext } from '@risk-budget/service-kit';
import { LimitPublisher } from './definitions/limit-publisher.js';
import { limitsErrors } from './error-catalogue.js';
import { limitsConfigSchema } from './limits.config.js';
import { LimitsModule, marketDataOptions } from './limits.module.js';
import { definitionTables } from './migrations/0001-definitions.js';
import { breachTables } from './migrations/0002-breaches.js';
import { preTradeTables } from './migrations/0003-pre-trade.js';
import { latestFigureTables } from './migrations/0004-latest-figures.js';
import { stressTables } from './migrations/0005-stress.js';
import { explanationTables } from './migrations/0006-explanations.js';
import { version } from './version.js';

/** The limits service: limits and their approval, breaches and their life, escalation, pre-trade checks, compliance. */
export const limitsService = defineService({
  name: 'limits',
  version,
  description: 'Limits proposed by one and approved by another, breaches and their escalation, pre-trade checks',
  module: LimitsModule,
  configSchema: limitsConfigSchema,
  migrations: [
    ...marketDataMigrations,
    definitionTables,
    breachTables,
    preTradeTables,
    latestFigureTables,
    stressTables,
    explanationTables,
  ],
  topics: {
    consumes: [
      ...marketDataTopics(marketDataOptions),
      topics.limitDefinitions,
      topics.snapshots,
      topics.stressResults,
      topics.alerts,
      topics.attributions,
    ],
    publishes: [topics.limits, topics.breaches, topics.notifications],
  },
  errors: limitsErrors,
  republish: republishLimits,
});

/** Publishes limits again as they are in force. */
async function republishLimits(context: RepublishContext): Promise<void> {
  const found = await rows<{ limit_id: string }>(
    context.tx,
    'SELECT limit_id FROM limit_head WHERE published IS NOT NULL AND ($1::text IS NULL OR limit_id = $1) ORDER BY limit_id',
    [context.key ?? null],
  );
  const publisher = context.get<LimitPublisher>(LimitPublisher);
  const limits = await publisher.published(
    context.tx,
    found.map((row) => row.limit_id),
  );
  for (const { data, occurredAt } of limits) await context.emit(limitDefined, { occurredAt, data });
}
