import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { topics, type Bars, type CorporateAction, type FxRate } from '@risk-budget/contracts';
import { BatchContext, type ReceivedEvent } from '@risk-budget/messaging';
import type { Tx } from '@risk-budget/persistence';
import { CorporateActionStore } from '../corporate-actions/corporate-action.store.js';
import { PriceStore } from '../prices/price.store.js';
import { FxStore } from '../rates/fx.store.js';
import { changeOf, ChangeNotifier } from './change-notifier.js';

/** Stores bars, exchange rates and corporate actions. */
@Controller()
export class PricesConsumer {
  constructor(
    private readonly prices: PriceStore,
    private readonly rates: FxStore,
    private readonly corporateActions: CorporateActionStore,
    private readonly notifier: ChangeNotifier,
  ) {}

  @EventPattern<string>(topics.bars.name)
  async onBars(@Payload() events: readonly ReceivedEvent<Bars>[], @Ctx() { tx }: BatchContext): Promise<void> {
    for (const event of events) {
      const { instrumentIds, earliest, newest } = await this.prices.put(event.data.bars, event, tx);
      if (instrumentIds.length === 0 || earliest === undefined || !this.notifier.hasListener) continue;
      const latest = await this.anyIsNewest(newest, tx);
      await this.notifier.notify([changeOf('price', event, { instrumentIds, earliest, latest })], tx);
    }
  }

  @EventPattern<string>(topics.fxRates.name)
  async onRates(@Payload() events: readonly ReceivedEvent<FxRate>[], @Ctx() { tx }: BatchContext): Promise<void> {
    for (const event of events) {
      const pairs = await this.rates.put([event.data], event, tx);
      if (pairs.length === 0 || !this.notifier.hasListener) continue;
      const newest = await this.rates.newest(event.data.pair, tx);
      const latest = newest === undefined || Date.parse(event.data.time) >= Date.parse(newest);
      await this.notifier.notify([changeOf('rate', event, { pairs, earliest: event.data.time, latest })], tx);
    }
  }

  @EventPattern<string>(topics.corporateActions.name)
  async onCorporateActions(
    @Payload() events: readonly ReceivedEvent<CorporateAction>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    for (const event of events) {
      if (!(await this.corporateActions.put(event.data, event, tx))) continue;
      const { instrumentId, exDate } = event.data;
      await this.notifier.notify(
        [changeOf('corporateAction', event, { instrumentIds: [instrumentId], earliest: `${exDate}T00:00:00.000Z` })],
        tx,
      );
    }
  }

  private async anyIsNewest(written: ReadonlyMap<string, string>, tx: Tx): Promise<boolean> {
    const newest = await this.prices.newest([...written.keys()], tx);
    return [...written].some(([id, time]) => newest.get(id) === time);
  }
}
