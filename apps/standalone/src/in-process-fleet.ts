import { createWriteStream } from 'node:fs';
import { allocationService } from '@risk-budget/allocation';
import { attributionService } from '@risk-budget/attribution';
import { forecastingService } from '@risk-budget/forecasting';
import { limitsService } from '@risk-budget/limits';
import { createService, migrateService, type Service } from '@risk-budget/service-kit';
import { stressService } from '@risk-budget/stress';
import { utilizationService } from '@risk-budget/utilization';
import { definitions } from './definitions.js';
import type { Deployment } from './deployment.js';
import type { Fleet } from './fleet.js';
import { serviceNames, type ServiceName } from './layout.js';

/** All services in this process, each on its own port and with its own pool, registry and log lines (in the run's log file). */
export async function startInProcess(deployment: Deployment): Promise<Fleet> {
  await Promise.all(
    serviceNames.map((name) =>
      migrateService(definitions[name], deployment.configOf(name).DATABASE_OWNER_URL, { timescale: 'off' }),
    ),
  );
  const logDestination = createWriteStream(deployment.layout.logFile, { flags: 'a' });
  const services = new Map<ServiceName, Service>();
  const stop = async (): Promise<void> => {
    await Promise.all([...services.values()].map((service) => service.stop()));
    await new Promise<void>((resolve) => logDestination.end(resolve));
  };
  try {
    for (const name of serviceNames) services.set(name, await make(name, deployment, logDestination));
    await Promise.all([...services.values()].map((service) => service.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  const service = (name: ServiceName): Service => {
    const found = services.get(name);
    if (found === undefined) throw new Error(`no service ${name}`);
    return found;
  };
  return {
    url: (name) => service(name).url,
    managementUrl: (name) => service(name).managementUrl,
    failed: new Promise<never>(() => undefined),
    stop,
  };
}

function make(name: ServiceName, deployment: Deployment, logDestination: NodeJS.WritableStream): Promise<Service> {
  const { DATABASE_OWNER_URL: _owner, ...config } = deployment.configOf(name);
  const dependencies = { logDestination: { write: (line: string) => void logDestination.write(line) } };
  switch (name) {
    case 'forecasting':
      return createService(forecastingService, config, dependencies);
    case 'allocation':
      return createService(allocationService, config, dependencies);
    case 'utilization':
      return createService(utilizationService, config, dependencies);
    case 'limits':
      return createService(limitsService, config, dependencies);
    case 'stress':
      return createService(stressService, config, dependencies);
    case 'attribution':
      return createService(attributionService, config, dependencies);
  }
}
