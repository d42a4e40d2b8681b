import { allocationService } from '@risk-budget/allocation';
import { attributionService } from '@risk-budget/attribution';
import { forecastingService } from '@risk-budget/forecasting';
import { limitsService } from '@risk-budget/limits';
import { stressService } from '@risk-budget/stress';
import { utilizationService } from '@risk-budget/utilization';
import type { BrokerService } from '@risk-budget/messaging';
import { serviceNames, type ServiceName } from './layout.js';

export const definitions = {
  forecasting: forecastingService,
  allocation: allocationService,
  utilization: utilizationService,
  limits: limitsService,
  stress: stressService,
  attribution: attributionService,
} as const;

/** The services as a broker has to know them. */
export const brokerServices: readonly BrokerService[] = serviceNames.map((name) => ({
  name,
  consumes: definitions[name].topics.consumes,
  publishes: definitions[name].topics.publishes,
}));

/** Names of the topics that each service reads: what a replay waits for. */
export function consumedTopics(): Record<ServiceName, string[]> {
  const names = (service: ServiceName): string[] => definitions[service].topics.consumes.map((topic) => topic.name);
  return {
    forecasting: names('forecasting'),
    allocation: names('allocation'),
    utilization: names('utilization'),
    limits: names('limits'),
    stress: names('stress'),
    attribution: names('attribution'),
  };
}
