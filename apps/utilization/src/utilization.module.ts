import { Module } from '@nestjs/common';
import { MarketDataModule } from '@risk-budget/market-data';
import { utilizationControllers, utilizationProviders } from './utilization.providers.js';
import { marketDataOptions } from './market-data-options.js';

@Module({
  imports: [MarketDataModule.forService(marketDataOptions)],
  controllers: utilizationControllers,
  providers: utilizationProviders,
})
export class UtilizationModule {}
