import type { Instrument, Portfolio } from '@risk-budget/contracts';
import type { TestServiceHandle } from '@risk-budget/service-kit/testing';

/** The close of a day. */
export function close(date: string): string {
  return `${date}T21:00:00.000Z`;
}

export function instrument(instrumentId: string, currency = 'USD'): Instrument {
  return {
    ...{ instrumentId, name: instrumentId, assetClass: 'equity', currency },
    ...{ sector: 'Energy', staleAfterDays: 3, contractMultiplier: '1' },
  };
}

export function portfolio(portfolioId: string, change: Partial<Portfolio> = {}): Portfolio {
  return { portfolioId, name: portfolioId, baseCurrency: 'USD', calendar: 'XNYS', groups: [], ...change };
}

/** An answer of the routes of market data. */
export async function getOf<T = Record<string, unknown>>(
  handle: TestServiceHandle,
  path: string,
  token: string,
): Promise<{ status: number; body: T }> {
  const response = await fetch(`${handle.service.url}/v1/market-data/${path}`, { headers: { authorization: token } });
  return { status: response.status, body: (await response.json()) as T };
}
