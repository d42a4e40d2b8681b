import {
  barsPublished,
  benchmarkStated,
  correlationsForecast,
  correlationsScored,
  forecastMade,
  forecastScored,
  instrumentDefined,
  portfolioDefined,
  positionsStated,
  regimeEstimated,
  riskModelPublished,
} from '@risk-budget/contracts';
import { Prices, tradingDays, Upstream, type Series } from '@risk-budget/market-data/testing';
import { startTestService } from '@risk-budget/service-kit/testing';
import { forecastingService } from '@risk-budget/forecasting';

const series: Series[] = [
  { instrumentId: 'AAA', beta: 1.2, ownRisk: 0.02 },
  { instrumentId: 'MKT', beta: 1, ownRisk: 0 },
];
const days = tradingDays(312, '2020-03-06');
const turn = 306;
const prices = new Prices(series, days);

/** The same past, and after the turn a future whose closes are `factor` times those of the other. */
async function eventsOf(factor: number): Promise<{ made: string; body: string }[]> {
  const handle = await startTestService(forecastingService, { config: { CLOCK: 'replay' } });
  const upstream = new Upstream(handle, 'forecasting');
  try {
    const at = `${days[300]}T12:00:00.000Z`;
    const bars = (day: string) =>
      prices.bars(day).map((bar, i) => ({
        ...bar,
        close: (
          Number(bar.close) * (days.indexOf(day) > turn ? factor ** (1 + i + days.indexOf(day) - turn) : 1)
        ).toFixed(8),
      }));
    const publishBars = (day: string) =>
      upstream.publish(barsPublished, `${day}T21:00:00.000Z`, { feed: 'close', interval: 'P1D', bars: bars(day) });
    await upstream.publish(
      instrumentDefined,
      at,
      ...series.map(({ instrumentId }) => ({
        instrumentId,
        name: instrumentId,
        assetClass: 'equity' as const,
        currency: 'USD',
        staleAfterDays: 3,
        contractMultiplier: '1',
      })),
    );
    await upstream.publish(benchmarkStated, at, { kind: 'series', benchmarkId: 'BENCH', instrumentId: 'MKT' });
    await upstream.publish(portfolioDefined, at, {
      portfolioId: 'P1',
      name: 'P1',
      baseCurrency: 'USD',
      benchmarkId: 'BENCH',
      calendar: 'XNYS',
      groups: [],
    });
    for (const day of days.slice(0, 301)) await publishBars(day);
    await upstream.publish(positionsStated, at, {
      portfolioId: 'P1',
      asOf: at,
      sequence: 1,
      positions: [{ instrumentId: 'AAA', strategy: 's', quantity: '100' }],
      cash: [{ currency: 'USD', amount: '1000' }],
    });
    // The portfolio is known before its first run is due, however the topics arrive.
    await upstream.advance(`${days[300]}T12:30:00.000Z`);
    await upstream.advance(`${days[300]}T21:30:00.000Z`);
    for (const day of days.slice(301)) {
      await publishBars(day);
      await upstream.settled();
      await upstream.advance(`${day}T21:30:00.000Z`);
    }
    const all = await Promise.all([
      upstream.events(riskModelPublished),
      upstream.events(forecastMade),
      upstream.events(forecastScored),
      upstream.events(correlationsForecast),
      upstream.events(correlationsScored),
      upstream.events(regimeEstimated),
    ]);
    return all.flat().map(({ occurredAt, type, data }) => ({ made: occurredAt, body: withoutIds({ type, data }) }));
  } finally {
    await upstream.close();
    await handle.stop();
  }
}

/** Two runs differ in the ids that they draw. */
function withoutIds(event: unknown): string {
  return JSON.stringify(event, (key, value: unknown) =>
    /^(modelId|forecastId|fitId|regimeId)$/.test(key) ? '' : value,
  );
}

describe('a future that changes', () => {
  it('moves no number of the days before it, and those after it', async () => {
    const [one, other] = [await eventsOf(1), await eventsOf(1.03)];
    const turned = `${days[turn]}T22:00:00.000Z`;
    const before = (events: { made: string; body: string }[]) =>
      events.filter(({ made }) => made <= turned).map(({ body }) => body);
    expect(before(one).length).toBeGreaterThan(30);
    expect(before(other)).toEqual(before(one));
    const after = (events: { made: string; body: string }[]) =>
      events.filter(({ made }) => made > turned).map(({ body }) => body);
    expect(after(other)).toHaveLength(after(one).length);
    after(other).forEach((body, i) => expect(body).not.toEqual(after(one)[i]));
  }, 240_000);
});
