import { requireInteger, requireLength, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { type Returns, createReturns } from '../model/returns.js';

/**
 * Simple returns p_t / p_{t−1} − 1 of adjusted prices.
 *
 * @param prices (T+1)×n row-major, oldest first, all above 0
 * @throws RiskMathError `tooFewObservations` below two prices; `invalidInput` on a price that is not above 0
 */
export function simpleReturns(
  prices: Float64Array,
  observations: number,
  assets: number,
  ids?: readonly string[],
): Returns {
  requireInteger(observations, 0, 'observations');
  requireInteger(assets, 0, 'assets');
  requireLength(prices, observations * assets, 'prices');
  requireObservations(observations, 2, 'a return');
  prices.forEach((price, at) => {
    if (!(Number.isFinite(price) && price > 0)) {
      throw new RiskMathError('invalidInput', `prices[${at}] is ${price}; a price must be above 0`, {
        field: 'prices',
      });
    }
  });
  const values = new Float64Array((observations - 1) * assets);
  for (let at = 0; at < values.length; at++) values[at] = prices[at + assets]! / prices[at]! - 1;
  return createReturns(values, observations - 1, assets, ids);
}
