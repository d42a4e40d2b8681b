import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Deployment } from './deployment.js';
import type { Fleet } from './fleet.js';
import { instanceNumbers, serviceNames, type ServiceName } from './layout.js';

/** Times a service that keeps ending is brought back before the run is given up. */
const usualRestarts = 5;

export interface ProcessFleet extends Fleet {
  /** Of every service, from 1. */
  readonly instances: readonly number[];
  /** Ends an instance of a service with SIGKILL, and waits until it is gone; it is brought back. */
  kill(service: ServiceName, instance: number): Promise<void>;
  urlOf(service: ServiceName, instance: number): string;
  managementUrlOf(service: ServiceName, instance: number): string;
}

export interface ProcessFleetOptions {
  readonly maxRestarts?: number;
  /** Of every service; default one. */
  readonly instances?: number;
}

/**
 * Each service as a process of its own, or as several side by side, brought back when they end; they share nothing but the database server
 * and the embedded broker.
 */
export async function startAsProcesses(
  deployment: Deployment,
  say: (line: string) => void,
  options: ProcessFleetOptions = {},
): Promise<ProcessFleet> {
  const { maxRestarts = usualRestarts } = options;
  const instances = instanceNumbers(options.instances ?? 1);
  const all = serviceNames.flatMap((name) => instances.map((instance) => [name, instance] as const));
  const { layout } = deployment;
  const log = openSync(layout.logFile, 'a');
  const children = new Map<string, ChildProcess>();
  const restarts = new Map<string, number>();
  let stopping = false;
  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => undefined);

  const launch = (service: ServiceName, instance: number): void => {
    const name = nameOf(service, instance);
    const child = spawn(process.execPath, ['--enable-source-maps', entryOf(service)], {
      env: environmentOf(deployment, service, instance),
      // By the channel a service notices that this process is gone, even when it was killed.
      stdio: ['ignore', log, log, 'ipc'],
    });
    children.set(name, child);
    child.once('exit', (code, signal) => {
      if (stopping) return;
      const count = (restarts.get(name) ?? 0) + 1;
      restarts.set(name, count);
      if (count > maxRestarts) {
        fail(new Error(`${name} ended ${count} times, last with ${signal ?? String(code)}: see ${layout.logFile}`));
        return;
      }
      say(`${name} ended with ${signal ?? String(code)}: starting it again`);
      launch(service, instance);
    });
  };
  const urlOf = (name: ServiceName, instance: number): string => `http://127.0.0.1:${layout.port(name, instance)}`;
  const managementUrlOf = (name: ServiceName, instance: number): string =>
    `http://127.0.0.1:${layout.managementPort(name, instance)}`;
  const stop = async (): Promise<void> => {
    stopping = true;
    await Promise.all([...children.values()].map(end));
  };

  try {
    await Promise.all(serviceNames.map((name) => migrateAsProcess(deployment, name, log)));
    for (const [name, instance] of all) launch(name, instance);
    await Promise.race([failed, Promise.all(all.map((one) => untilReady(managementUrlOf(...one))))]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    instances,
    url: (name) => urlOf(name, 1),
    managementUrl: (name) => managementUrlOf(name, 1),
    urlOf,
    managementUrlOf,
    kill: async (service, instance) => {
      const child = children.get(nameOf(service, instance));
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
    failed,
    stop,
  };
}

function nameOf(service: ServiceName, instance: number): string {
  return instance === 1 ? service : `${service} (${instance})`;
}

function entryOf(name: ServiceName): string {
  const manifest = createRequire(import.meta.url).resolve(`@risk-budget/${name}/package.json`);
  return join(dirname(manifest), 'dist', 'main.js');
}

function environmentOf(deployment: Deployment, name: ServiceName, instance = 1): NodeJS.ProcessEnv {
  const config = Object.entries(deployment.configOf(name, instance)).map(([variable, value]) => [
    variable,
    String(value),
  ]);
  return { ...process.env, ...Object.fromEntries(config) } as NodeJS.ProcessEnv;
}

function migrateAsProcess(deployment: Deployment, name: ServiceName, log: number): Promise<void> {
  const child = spawn(process.execPath, ['--enable-source-maps', entryOf(name), 'migrate'], {
    env: environmentOf(deployment, name),
    stdio: ['ignore', log, log],
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`the migrations of ${name} ended with ${String(code)}: see ${deployment.layout.logFile}`)),
    );
  });
}

/** Six processes that load at once on a machine that others use as well take their time. */
const READY_MS = 180_000;

async function untilReady(url: string): Promise<void> {
  const until = Date.now() + READY_MS;
  while (Date.now() < until) {
    const ready = await fetch(`${url}/health/ready`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url} is not ready after ${READY_MS / 1000} s`);
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const insist = setTimeout(() => child.kill('SIGKILL'), 30_000);
    child.once('exit', () => {
      clearTimeout(insist);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
