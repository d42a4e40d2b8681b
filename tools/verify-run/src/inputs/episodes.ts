/** A fall of the past that every portfolio is taken through, as its dates are known to everybody. */
export interface OwnEpisode {
  readonly scenarioId: string;
  /** Its close is where the episode starts from. */
  readonly start: string;
  readonly end: string;
}

/** High and low closes of the American market around each fall. */
export const ownEpisodes: readonly OwnEpisode[] = [
  { scenarioId: 'gulf-1990', start: '1990-07-16', end: '1990-10-11' },
  { scenarioId: 'ltcm-1998', start: '1998-07-17', end: '1998-10-08' },
  { scenarioId: 'dotcom-2000', start: '2000-03-24', end: '2002-10-09' },
  { scenarioId: 'credit-2007', start: '2007-10-09', end: '2009-03-09' },
  { scenarioId: 'debt-2011', start: '2011-07-22', end: '2011-08-10' },
  { scenarioId: 'yuan-2015', start: '2015-08-17', end: '2015-08-25' },
  { scenarioId: 'volatility-2018', start: '2018-01-26', end: '2018-02-08' },
  { scenarioId: 'tightening-2018', start: '2018-09-20', end: '2018-12-24' },
  { scenarioId: 'pandemic-2020', start: '2020-02-19', end: '2020-03-23' },
  { scenarioId: 'rates-2022', start: '2022-01-03', end: '2022-10-12' },
];
