import { correlations } from './forecasts/correlations.js';
import { firstDayForecasts } from './forecasts/first-day.js';
import { regimes } from './forecasts/regimes.js';
import { regimeScores } from './forecasts/regime-scores.js';
import { scores } from './forecasts/scores.js';
import { laterForecasts } from './forecasts/later-days.js';
import { predictions } from './forecasts/predictions.js';
import { accuracy } from './forecasts/accuracy.js';
import { valueAtRisk } from './forecasts/value-at-risk.js';
import { breachProbabilities } from './forecasts/breach-probabilities.js';
import { startWorld, type World } from './forecasts/world.js';

/** One service and one history for all of it: each part goes on from the day on which the one before ended. */
describe('forecasts', () => {
  let started: World;
  const world = () => started;

  beforeAll(async () => {
    started = await startWorld();
  }, 120_000);

  afterAll(async () => started?.stop());

  firstDayForecasts(world);
  regimes(world);
  scores(world);
  laterForecasts(world);
  predictions(world);
  regimeScores(world);
  accuracy(world);
  valueAtRisk(world);
  breachProbabilities(world);
  correlations(world);
});
