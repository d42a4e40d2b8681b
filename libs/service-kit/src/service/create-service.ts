import type { z } from 'zod';
import { loadConfig, type ConfigInput } from '../config/load-config.js';
import { problemOfKeySource } from '../identity/key-source.js';
import { ConfigError } from '../config/load-config.js';
import { Logger } from '../logging/logger.js';
import type { ServiceDefinition } from './define-service.js';
import { newInstanceName } from './instance-name.js';
import { ServiceRuntime } from './service-runtime.js';
import type { Service, ServiceDependencies } from './service.types.js';

/**
 * Makes one instance of a service. Its configuration is checked here, everything else happens in `start`. It owns its logger, metrics,
 * traces, pool and ports; any number of instances and services can live in one process.
 *
 * @param config values by the names of the environment
 * @throws ConfigError with every variable that cannot be used
 */
export async function createService<Own extends z.ZodObject>(
  definition: ServiceDefinition<Own>,
  config: ConfigInput,
  dependencies: ServiceDependencies = {},
): Promise<Service> {
  const hints: string[] = [];
  const checked = loadConfig(definition.name, config, definition.configSchema, (hint) => hints.push(hint));
  const problem = await problemOfKeySource(checked.JWT_JWKS);
  if (problem !== undefined) {
    const [allowed, example] = ['a JWKS as JSON, as a file path or as a URL', '{"keys":[…]}'];
    throw new ConfigError(definition.name, [{ variable: 'JWT_JWKS', problem, allowed, example }]);
  }
  const instance = checked.INSTANCE ?? newInstanceName(definition.name);
  const logger = Logger.create({
    level: checked.LOG_LEVEL,
    service: definition.name,
    instance,
    ...(dependencies.logDestination === undefined ? {} : { destination: dependencies.logDestination }),
  });
  for (const hint of hints) logger.warn(`configuration: ${hint}`);
  return new ServiceRuntime(definition as unknown as ServiceDefinition, checked, instance, logger, dependencies);
}
