import { Module } from '@nestjs/common';
import { MarketDataModule } from '@risk-budget/market-data';
import { MarketDataHttpModule } from '@risk-budget/market-data-http';
import { utilizationControllers, utilizationProviders } from './utilization.providers.js';
import { marketDataOptions } from './market-data-options.js';

@Module({
  imports: [MarketDataModule.forService(marketDataOptions), MarketDataHttpModule],
  controllers: utilizationControllers,
  providers: utilizationProviders,
})
export class UtilizationModule {}
