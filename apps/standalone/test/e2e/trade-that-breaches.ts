import { breachChanged, positionsChanged, positionsStated } from '@risk-budget/contracts';
import { createDriver, createUpstreamPublisher, readEvents } from '@risk-budget/messaging';

const portfolioId = 'GLOBAL-CORE';
const occurredAt = '2020-06-30T22:00:00.000Z';

/**
 * After the sample has run: buys more of a share than can be sold within days, and waits for what comes of it.
 *
 * @param messagingUrl of the running standalone
 * @param traceparent of the system that the trade comes from
 * @returns the trace that the breach carries
 */
export async function tradeThatBreaches(messagingUrl: string, traceparent: string): Promise<string | undefined> {
  const driver = createDriver(messagingUrl);
  try {
    let sequence = 0;
    for (const definition of [positionsStated, positionsChanged] as const)
      for await (const { data } of readEvents<{ portfolioId: string; sequence: number }>(driver, definition))
        if (data.portfolioId === portfolioId) sequence = Math.max(sequence, data.sequence);
    const data = {
      portfolioId,
      asOf: occurredAt,
      sequence: sequence + 1,
      changes: [{ instrumentId: 'BBY', strategy: 'growth', quantityChange: '50000000', price: '87' }],
      cashChanges: [{ currency: 'USD', amount: '-4350000000' }],
    };
    await createUpstreamPublisher({ driver, source: 'trader' }).publish(positionsChanged, {
      occurredAt,
      data,
      traceparent,
    });
    const abort = AbortSignal.timeout(60_000);
    for await (const event of readEvents(driver, breachChanged, { follow: true, signal: abort }))
      if (event.occurredAt === occurredAt) return event.traceparent?.split('-')[1];
    return undefined;
  } finally {
    await driver.close();
  }
}
