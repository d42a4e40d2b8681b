import { Module } from '@nestjs/common';
import { MARKET_DATA_LISTENER, MarketDataModule, type MarketDataOptions } from '@risk-budget/market-data';
import { MarketDataHttpModule } from '@risk-budget/market-data-http';
import { EpisodeReplay } from './historical/episode-replay.js';
import { EpisodeReturns } from './historical/episode-returns.js';
import { Analyses } from './model/analyses.js';
import { ModelScenarios } from './model/model-scenarios.js';
import { ShockTargets } from './model/shock-targets.js';
import { Simulations } from './model/simulations.js';
import { ReportsController } from './reports/reports.controller.js';
import { DailyRuns } from './runs/daily-runs.js';
import { Kernels } from './runs/kernels.js';
import { RunComputation } from './runs/run-computation.js';
import { RunInputs } from './runs/run-inputs.js';
import { RunJob } from './runs/run-job.js';
import { RunsController } from './runs/runs.controller.js';
import { RunsRepository } from './runs/runs.repository.js';
import { RunsService } from './runs/runs.service.js';
import { ScenariosConsumer } from './scenarios/scenarios.consumer.js';
import { ScenariosController } from './scenarios/scenarios.controller.js';
import { ScenariosRepository } from './scenarios/scenarios.repository.js';
import { ScenariosService } from './scenarios/scenarios.service.js';

/** What stress keeps of the market: holdings, their history, and the risk model that every service computes with. */
export const marketDataOptions: MarketDataOptions = { positions: true, riskModels: true, budgetPlans: true };

@Module({
  imports: [MarketDataModule.forService(marketDataOptions), MarketDataHttpModule],
  controllers: [ScenariosController, ScenariosConsumer, RunsController, ReportsController],
  providers: [
    ScenariosRepository,
    ScenariosService,
    EpisodeReturns,
    EpisodeReplay,
    ShockTargets,
    ModelScenarios,
    Simulations,
    Analyses,
    Kernels,
    RunInputs,
    RunComputation,
    RunJob,
    RunsRepository,
    RunsService,
    DailyRuns,
    { provide: MARKET_DATA_LISTENER, useExisting: DailyRuns },
  ],
})
export class StressModule {}
