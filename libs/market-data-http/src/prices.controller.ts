import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { corporateAction, identifier, instant, type Clock, type CorporateAction } from '@risk-budget/contracts';
import {
  CorporateActionStore,
  FxStore,
  InstrumentStore,
  MarkStore,
  PriceStore,
  TickStore,
  type KnownRate,
  type StoredBar,
  type TickHour,
} from '@risk-budget/market-data';
import { CLOCK, decodeCursor, pageOf, Returns, Roles, toPage, type Page } from '@risk-budget/service-kit';
import { z } from 'zod';
import { timesOf } from './as-of-times.js';
import {
  barsQuery,
  corporateActionsQuery,
  coverage,
  fxRateItem,
  fxRatesQuery,
  marksAnswer,
  marksQuery,
  storedBar,
  tickHour,
  tickHoursQuery,
} from './schemas.js';

const barCursor = z.tuple([identifier, instant]);
const rateCursor = z.tuple([z.string().max(6), instant]);
const corporateActionList = z.object({ items: z.array(corporateAction) });

/** Prices, exchange rates and corporate actions as of a moment, as known at another. */
@ApiTags('market data')
@Roles('viewer')
@Controller('v1/market-data')
export class PricesController {
  constructor(
    private readonly prices: PriceStore,
    private readonly marks: MarkStore,
    private readonly ticks: TickStore,
    private readonly rates: FxStore,
    private readonly corporateActions: CorporateActionStore,
    private readonly instruments: InstrumentStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Daily bars by instrument and time; a corrected bar is shown as it was known. */
  @Get('bars')
  @Returns(pageOf(storedBar), { description: 'Bars by instrument and time' })
  async listBars(@Query({ schema: barsQuery }) query: z.output<typeof barsQuery>): Promise<Page<StoredBar>> {
    const [instrumentId, time] = decodeCursor(query.cursor, barCursor) ?? [];
    const { asOf: to, knownAt } = timesOf({ asOf: query.to, knownAt: query.knownAt }, this.clock);
    const found = await this.prices.bars({
      ...{ to, knownAt, limit: query.limit + 1 },
      ...(query.instrumentId === undefined ? {} : { instrumentIds: query.instrumentId }),
      ...(query.from === undefined ? {} : { from: query.from }),
      ...(instrumentId === undefined || time === undefined ? {} : { after: { instrumentId, time } }),
    });
    return toPage(
      found,
      query.limit,
      (bar) => [bar.instrumentId, bar.time],
      (bar) => bar,
    );
  }

  /** Open, high, low and close of the prices during the day, by instrument and hour, as they are known now. */
  @Get('tick-hours')
  @Returns(pageOf(tickHour), { description: 'Hours by instrument and time; one without a price is not there' })
  async listTickHours(
    @Query({ schema: tickHoursQuery }) query: z.output<typeof tickHoursQuery>,
  ): Promise<Page<TickHour>> {
    const [instrumentId, time] = decodeCursor(query.cursor, barCursor) ?? [];
    const found = await this.ticks.hours({
      instrumentIds: query.instrumentId,
      from: query.from,
      to: query.to ?? this.clock.now(),
      limit: query.limit + 1,
      ...(instrumentId === undefined || time === undefined ? {} : { after: { instrumentId, time } }),
    });
    return toPage(
      found,
      query.limit,
      (hour) => [hour.instrumentId, hour.time],
      (hour) => hour,
    );
  }

  /** The latest price of each instrument as of a moment. */
  @Get('marks')
  @Returns(marksAnswer, { description: 'Marks by instrument' })
  async getMarks(
    @Query({ schema: marksQuery }) query: z.output<typeof marksQuery>,
  ): Promise<z.input<typeof marksAnswer>> {
    const at = timesOf(query, this.clock);
    const ids = [...new Set(query.instrumentId)].sort();
    const found = await this.marks.marks(ids, at);
    return {
      ...at,
      items: ids.flatMap((id) => found.get(id) ?? []),
      missing: ids.filter((id) => !found.has(id)),
    };
  }

  /** Exchange rates by pair and time. */
  @Get('fx-rates')
  @Returns(pageOf(fxRateItem), { description: 'Rates by pair and time' })
  async listRates(@Query({ schema: fxRatesQuery }) query: z.output<typeof fxRatesQuery>): Promise<Page<KnownRate>> {
    const [pair, time] = decodeCursor(query.cursor, rateCursor) ?? [];
    const found = await this.rates.history({
      at: timesOf({ asOf: query.to, knownAt: query.knownAt }, this.clock),
      limit: query.limit + 1,
      ...(query.pair === undefined ? {} : { pairs: [query.pair] }),
      ...(query.from === undefined ? {} : { from: query.from }),
      ...(pair === undefined || time === undefined ? {} : { after: { pair, time } }),
    });
    return toPage(
      found,
      query.limit,
      (rate) => [rate.pair, rate.time],
      (rate) => rate,
    );
  }

  /** Splits and dividends with an ex-date at or before the moment, by instrument and ex-date. */
  @Get('corporate-actions')
  @Returns(corporateActionList, { description: 'Corporate actions by instrument and ex-date' })
  async listCorporateActions(
    @Query({ schema: corporateActionsQuery }) query: z.output<typeof corporateActionsQuery>,
  ): Promise<{ items: CorporateAction[] }> {
    const ids = [...new Set(query.instrumentId)].sort();
    const found = await this.corporateActions.find(ids, timesOf(query, this.clock));
    return { items: ids.flatMap((id) => found.get(id) ?? []) };
  }

  /** What is stored: days of bars of each instrument, and rates of each pair. */
  @Get('coverage')
  @Returns(coverage, { description: 'What this service has' })
  async getCoverage(): Promise<z.input<typeof coverage>> {
    const bars = await this.prices.coverage();
    const fxRates = await this.rates.coverage();
    const known = new Set((await this.instruments.list()).map(({ instrumentId }) => instrumentId));
    return {
      bars,
      fxRates,
      instruments: known.size,
      undefinedInstruments: bars.map(({ instrumentId }) => instrumentId).filter((id) => !known.has(id)),
    };
  }
}
