import type { Clock } from '@risk-budget/contracts';
import type { AsOf } from '@risk-budget/market-data';

/** The two times of a question; what is not asked for is now. */
export function timesOf(
  query: { readonly asOf?: string | undefined; readonly knownAt?: string | undefined },
  clock: Clock,
): AsOf {
  const now = clock.now();
  return { asOf: query.asOf ?? now, knownAt: query.knownAt ?? now };
}
