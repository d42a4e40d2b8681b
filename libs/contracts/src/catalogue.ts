import type { EventDefinition } from './event-definition.js';
import { budgetPlanChanged, rebalancingWanted } from './events/allocation.js';
import { changeExplained, changeUnexplained } from './events/attribution.js';
import { riskModelPublished } from './events/forecasting.js';
import {
  breachProbabilitiesEstimated,
  championChanged,
  correlationsForecast,
  correlationsScored,
  forecastMade,
  forecastScored,
  regimeEstimated,
  regimesScored,
} from './events/forecasts.js';
import { breachChanged, limitDefined, notificationSent } from './events/limits.js';
import { auditAnchored, clockReached, serviceStatus } from './events/platform.js';
import { stressRunCompleted } from './events/stress.js';
import {
  barsPublished,
  benchmarkStated,
  clockAdvanced,
  corporateActionAnnounced,
  fxRatePublished,
  instrumentDefined,
  limitWanted,
  portfolioDefined,
  positionsChanged,
  positionsStated,
  predictionMade,
  realisedReturnsStated,
  scenarioWanted,
  tickPublished,
} from './events/upstream.js';
import { alertRaised, snapshotTaken } from './events/utilization.js';

/** Every event that exists, in the order of the documentation. */
export const eventCatalogue: readonly EventDefinition[] = [
  portfolioDefined,
  positionsStated,
  positionsChanged,
  benchmarkStated,
  instrumentDefined,
  barsPublished,
  tickPublished,
  fxRatePublished,
  corporateActionAnnounced,
  limitWanted,
  predictionMade,
  scenarioWanted,
  realisedReturnsStated,
  clockAdvanced,
  riskModelPublished,
  forecastMade,
  forecastScored,
  correlationsForecast,
  correlationsScored,
  championChanged,
  regimeEstimated,
  regimesScored,
  breachProbabilitiesEstimated,
  budgetPlanChanged,
  rebalancingWanted,
  snapshotTaken,
  alertRaised,
  limitDefined,
  breachChanged,
  notificationSent,
  stressRunCompleted,
  changeExplained,
  changeUnexplained,
  auditAnchored,
  serviceStatus,
  clockReached,
];
