import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Deployment } from './deployment.js';
import type { Fleet } from './fleet.js';
import { serviceNames, type ServiceName } from './layout.js';

/** Times a service that keeps ending is brought back before the run is given up. */
const usualRestarts = 5;

export interface ProcessFleet extends Fleet {
  /** Ends a service with SIGKILL, and waits until it is gone; it is brought back. */
  kill(service: ServiceName): Promise<void>;
}

/** Each service as a process of its own, brought back when it ends; they share nothing but the database server and the embedded broker. */
export async function startAsProcesses(
  deployment: Deployment,
  say: (line: string) => void,
  maxRestarts = usualRestarts,
): Promise<ProcessFleet> {
  const log = openSync(deployment.layout.logFile, 'a');
  const children = new Map<ServiceName, ChildProcess>();
  const restarts = new Map<ServiceName, number>();
  let stopping = false;
  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => undefined);

  const launch = (name: ServiceName): void => {
    const child = spawn(process.execPath, ['--enable-source-maps', entryOf(name)], {
      env: environmentOf(deployment, name),
      // By the channel a service notices that this process is gone, even when it was killed.
      stdio: ['ignore', log, log, 'ipc'],
    });
    children.set(name, child);
    child.once('exit', (code, signal) => {
      if (stopping) return;
      const count = (restarts.get(name) ?? 0) + 1;
      restarts.set(name, count);
      if (count > maxRestarts) {
        fail(
          new Error(
            `${name} ended ${count} times, last with ${signal ?? String(code)}: see ${deployment.layout.logFile}`,
          ),
        );
        return;
      }
      say(`${name} ended with ${signal ?? String(code)}: starting it again`);
      launch(name);
    });
  };
  const stop = async (): Promise<void> => {
    stopping = true;
    await Promise.all([...children.values()].map(end));
  };

  try {
    await Promise.all(serviceNames.map((name) => migrateAsProcess(deployment, name, log)));
    for (const name of serviceNames) launch(name);
    await Promise.race([failed, Promise.all(serviceNames.map((name) => untilReady(managementUrl(deployment, name))))]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: (name) => `http://127.0.0.1:${deployment.layout.port(name)}`,
    managementUrl: (name) => managementUrl(deployment, name),
    kill: async (name) => {
      const child = children.get(name);
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
    failed,
    stop,
  };
}

function managementUrl(deployment: Deployment, name: ServiceName): string {
  return `http://127.0.0.1:${deployment.layout.managementPort(name)}`;
}

function entryOf(name: ServiceName): string {
  const manifest = createRequire(import.meta.url).resolve(`@risk-budget/${name}/package.json`);
  return join(dirname(manifest), 'dist', 'main.js');
}

function environmentOf(deployment: Deployment, name: ServiceName): NodeJS.ProcessEnv {
  const config = Object.entries(deployment.configOf(name)).map(([variable, value]) => [variable, String(value)]);
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
