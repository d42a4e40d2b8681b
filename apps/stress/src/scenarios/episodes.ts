import type { ScenarioContent } from './scenario.types.js';

/** An episode that the library comes with. */
export interface BuiltInEpisode {
  readonly scenarioId: string;
  readonly content: ScenarioContent;
}

function episode(scenarioId: string, name: string, start: string, end: string, description: string): BuiltInEpisode {
  const known = new Date(Date.parse(end) + 86_400_000).toISOString().slice(0, 10);
  return {
    scenarioId,
    content: { name, description, knownFrom: known, definition: { kind: 'historical', start, end } },
  };
}

/**
 * Falls of the American share market from a high close to the lowest after it (1998: to the second low, in October). Each is known
 * from the day after its last.
 */
export const builtInEpisodes: readonly BuiltInEpisode[] = [
  episode('gulf-1990', 'Gulf crisis 1990', '1990-07-16', '1990-10-11', 'Iraq invades Kuwait; oil doubles; recession.'),
  episode(
    'ltcm-1998',
    'Russia and LTCM 1998',
    '1998-07-17',
    '1998-10-08',
    'Russia defaults; Long-Term Capital Management fails.',
  ),
  episode(
    'dotcom-2000',
    'Dot-com crash 2000–02',
    '2000-03-24',
    '2002-10-09',
    'Two and a half years down from the bubble of technology shares.',
  ),
  episode(
    'credit-2007',
    'Credit crisis 2007–09',
    '2007-10-09',
    '2009-03-09',
    'Mortgages, Lehman Brothers, and the deepest fall since the thirties.',
  ),
  episode(
    'debt-2011',
    'Debt ceiling, August 2011',
    '2011-07-22',
    '2011-08-10',
    'The United States lose their highest rating; euro crisis.',
  ),
  episode(
    'yuan-2015',
    'Devaluation, August 2015',
    '2015-08-17',
    '2015-08-25',
    'China devalues; four days of selling everything.',
  ),
  episode(
    'volatility-2018',
    'Volatility shock, February 2018',
    '2018-01-26',
    '2018-02-08',
    'Products that had sold volatility are wiped out in an afternoon.',
  ),
  episode(
    'tightening-2018',
    'Tightening, fourth quarter 2018',
    '2018-09-20',
    '2018-12-24',
    'Rates rise while growth slows.',
  ),
  episode('pandemic-2020', 'Pandemic 2020', '2020-02-19', '2020-03-23', 'The fastest fall of a third on record.'),
  episode(
    'rates-2022',
    'Inflation and rates 2022',
    '2022-01-03',
    '2022-10-12',
    'Inflation; shares and bonds fall together.',
  ),
];
