import type { EventDefinition } from './event-definition.js';
import { budgetPlanChanged, rebalancingWanted } from './events/allocation.js';
import { riskModelPublished } from './events/forecasting.js';
import { breachChanged, limitDefined, notificationSent } from './events/limits.js';
import { auditAnchored, clockReached, serviceStatus } from './events/platform.js';
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
  clockAdvanced,
  riskModelPublished,
  budgetPlanChanged,
  rebalancingWanted,
  snapshotTaken,
  alertRaised,
  limitDefined,
  breachChanged,
  notificationSent,
  auditAnchored,
  serviceStatus,
  clockReached,
];
