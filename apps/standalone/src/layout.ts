import { isAbsolute, join } from 'node:path';

/** The services of a deployment, in the order in which they are listed and started. */
export const serviceNames = ['forecasting', 'allocation', 'utilization', 'limits', 'stress', 'attribution'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Numbers of the instances of a service, from 1. */
export function instanceNumbers(instances: number): number[] {
  return Array.from({ length: instances }, (_, index) => index + 1);
}

/** Where everything of one run stands: folders and ports. */
export interface Layout {
  readonly dataDir: string;
  readonly databaseDir: string;
  readonly keyFile: string;
  /** Notes of the run: whether the sample was published, and how far. */
  readonly runFile: string;
  readonly logFile: string;
  /** @param instance from 1, where a service runs several times */
  port(service: ServiceName, instance?: number): number;
  managementPort(service: ServiceName, instance?: number): number;
}

export function layoutOf(options: { dataDir: string; portBase: number }, root: string): Layout {
  const dataDir = isAbsolute(options.dataDir) ? options.dataDir : join(root, options.dataDir);
  return {
    dataDir,
    databaseDir: join(dataDir, 'postgres'),
    keyFile: join(dataDir, 'token-key.json'),
    runFile: join(dataDir, 'run.json'),
    logFile: join(dataDir, 'services.log'),
    port: (service, instance = 1) => options.portBase + 1 + serviceNames.indexOf(service) + 10 * (instance - 1),
    managementPort: (service, instance = 1) =>
      options.portBase + 51 + serviceNames.indexOf(service) + 10 * (instance - 1),
  };
}
