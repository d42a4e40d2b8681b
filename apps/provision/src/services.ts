import { allocationService } from '@risk-budget/allocation';
import { attributionService } from '@risk-budget/attribution';
import { forecastingService } from '@risk-budget/forecasting';
import { limitsService } from '@risk-budget/limits';
import { stressService } from '@risk-budget/stress';
import { utilizationService } from '@risk-budget/utilization';

/** The services of a deployment: a schema and two roles each in the database, a role of its own on the broker. */
export const services = [
  forecastingService,
  allocationService,
  utilizationService,
  limitsService,
  stressService,
  attributionService,
] as const;

export const serviceNames: readonly string[] = services.map(({ name }) => name);
