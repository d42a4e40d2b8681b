import { setTimeout as pause } from 'node:timers/promises';
import { disturbances, type Disturbance, type DisturbanceKind } from '@risk-budget/chaos';
import type { Deployment } from '../deployment.js';
import type { ProcessFleet } from '../process-fleet.js';
import { serviceNames, type ServiceName } from '../layout.js';
import type { FaultyNetwork } from './faulty-network.js';

export interface MonkeyOptions {
  readonly seed: number;
  readonly meanPauseMs: number;
  readonly deployment: Deployment;
  readonly fleet: ProcessFleet;
  readonly network: FaultyNetwork;
  say(line: string): void;
}

/** What was done, and how long it took until every service was ready again. */
export interface Done {
  readonly disturbance: Disturbance;
  readonly recoverySeconds: number;
}

/** A service that is not ready so long after a disturbance has not recovered by itself. */
const RECOVERY_MS = 60_000;

/** Disturbs a running system by a seeded plan until it is stopped. */
export class Monkey {
  readonly done: Done[] = [];
  private readonly stopping = new AbortController();
  private working: Promise<void> = Promise.resolve();

  constructor(private readonly options: MonkeyOptions) {}

  start(): void {
    this.working = this.work();
    // Told by `stop`; not before, for nobody may be waiting yet.
    this.working.catch(() => undefined);
  }

  /** Ends after the disturbance at hand. @throws Error when a service did not come back */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.working;
  }

  count(kind: DisturbanceKind): number {
    return this.done.filter(({ disturbance }) => disturbance.kind === kind).length;
  }

  private async work(): Promise<void> {
    const { seed, meanPauseMs, deployment } = this.options;
    const ownBroker = deployment.crashBroker !== undefined;
    for (const { afterMs, disturbance } of disturbances({ seed, meanPauseMs, services: serviceNames, ownBroker })) {
      await pause(afterMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      if (this.stopping.signal.aborted) return;
      this.options.say(`  ${described(disturbance)}`);
      await this.disturb(disturbance);
      const began = performance.now();
      await this.untilReady();
      this.done.push({ disturbance, recoverySeconds: (performance.now() - began) / 1000 });
    }
  }

  private async disturb(disturbance: Disturbance): Promise<void> {
    const { deployment, fleet } = this.options;
    switch (disturbance.kind) {
      case 'killService': {
        const pid = fleet.pid(disturbance.service as ServiceName);
        if (pid !== undefined) process.kill(pid, 'SIGKILL');
        return;
      }
      case 'killDatabase':
        await deployment.crashDatabase();
        return;
      case 'killBroker':
        await deployment.crashBroker?.();
        return;
      default:
        await this.disturbLine(disturbance);
    }
  }

  private async disturbLine(
    disturbance: Extract<Disturbance, { kind: 'cutConnections' | 'holdConnections' | 'slowConnections' }>,
  ): Promise<void> {
    const line = this.options.network.lines.get(disturbance.service as ServiceName)?.[disturbance.to];
    if (line === undefined) return;
    switch (disturbance.kind) {
      case 'cutConnections':
        line.cut();
        return;
      case 'holdConnections':
        line.hold();
        await pause(disturbance.ms);
        line.release();
        return;
      case 'slowConnections':
        line.slow(SLOW_MS);
        await pause(disturbance.ms);
        line.slow(0);
    }
  }

  private async untilReady(): Promise<void> {
    const until = Date.now() + RECOVERY_MS;
    const { fleet } = this.options;
    for (const name of serviceNames) {
      const url = `${fleet.managementUrl(name)}/health/ready`;
      while (!(await isReady(url))) {
        if (Date.now() > until) throw new Error(`${name} is not ready ${RECOVERY_MS / 1000} s after a disturbance`);
        await pause(POLL_MS);
      }
    }
  }
}

const SLOW_MS = 25;
const POLL_MS = 100;

function isReady(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    (answer) => answer.ok,
    () => false,
  );
}

function described(disturbance: Disturbance): string {
  const { kind } = disturbance;
  switch (kind) {
    case 'killService':
      return `SIGKILL ${disturbance.service}`;
    case 'killDatabase':
      return 'SIGKILL the database';
    case 'killBroker':
      return 'SIGKILL the broker';
    case 'cutConnections':
      return `cut ${disturbance.service} off its ${disturbance.to}`;
    case 'holdConnections':
      return `${disturbance.service} hears nothing of its ${disturbance.to} for ${disturbance.ms} ms`;
    case 'slowConnections':
      return `${disturbance.service} is slow to reach its ${disturbance.to} for ${disturbance.ms} ms`;
  }
}
