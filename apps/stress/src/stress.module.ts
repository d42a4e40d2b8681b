import { Module } from '@nestjs/common';
import { MarketDataModule, type MarketDataOptions } from '@risk-budget/market-data';
import { MarketDataHttpModule } from '@risk-budget/market-data-http';

/** What stress keeps of the market: holdings, their history, and the risk model that every service computes with. */
export const marketDataOptions: MarketDataOptions = { positions: true, riskModels: true, budgetPlans: true };

@Module({
  imports: [MarketDataModule.forService(marketDataOptions), MarketDataHttpModule],
})
export class StressModule {}
