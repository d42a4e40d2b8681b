import { Module } from '@nestjs/common';
import { PORTFOLIO_DIRECTORY } from '@risk-budget/service-kit';
import { DefinitionsController } from './definitions.controller.js';
import { HoldingsController } from './holdings.controller.js';
import { LoadJob } from './load.job.js';
import { LoadsController } from './loads.controller.js';
import { LoadsService } from './loads.service.js';
import { PortfolioGroups } from './portfolio-groups.js';
import { PricesController } from './prices.controller.js';

/**
 * The routes and jobs of market data, the same in every service: as-of queries, coverage, bulk loads; and the directory of
 * portfolio groups. Import it beside `MarketDataModule.forService`.
 */
@Module({
  controllers: [DefinitionsController, HoldingsController, LoadsController, PricesController],
  providers: [LoadsService, LoadJob, PortfolioGroups, { provide: PORTFOLIO_DIRECTORY, useExisting: PortfolioGroups }],
})
export class MarketDataHttpModule {}
