import { setTimeout as pause } from 'node:timers/promises';
import type { Disturbance, DisturbanceKind, PlannedDisturbance, TcpProxy } from '@risk-budget/chaos';
import type { Deployment } from '../deployment.js';
import type { ProcessFleet } from '../process-fleet.js';
import { serviceNames, type ServiceName } from '../layout.js';
import type { FaultyNetwork } from './faulty-network.js';
import type { Progress } from './progress.js';
import { acknowledges, publishes } from './wire-moments.js';

export interface MonkeyOptions {
  readonly plan: Iterable<PlannedDisturbance>;
  readonly progress: Progress;
  readonly deployment: Deployment;
  readonly fleet: ProcessFleet;
  readonly network: FaultyNetwork;
  say(line: string): void;
}

/** What was done, and how long it took until every service was ready again. */
export interface Done {
  readonly disturbance: Disturbance;
  readonly recoverySeconds: number;
  /** Whether it happened as planned: a service may have nothing to publish for so long that it is just killed. */
  readonly exact: boolean;
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
    const { plan, progress } = this.options;
    for (const { afterMs, from, disturbance } of plan) {
      if (from !== undefined) await progress.until(from, this.stopping.signal);
      await pause(afterMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      if (this.stopping.signal.aborted) return;
      this.options.say(`  ${described(disturbance)}`);
      const exact = await this.disturb(disturbance);
      const began = performance.now();
      await this.untilReady();
      this.done.push({ disturbance, recoverySeconds: (performance.now() - began) / 1000, exact });
    }
  }

  private async disturb(disturbance: Disturbance): Promise<boolean> {
    const { deployment, fleet } = this.options;
    switch (disturbance.kind) {
      case 'killService':
        await fleet.kill(disturbance.service as ServiceName, disturbance.instance);
        return true;
      case 'killUnpublished':
      case 'killUnacknowledged':
        return this.killSilenced(disturbance);
      case 'killDatabase':
        await deployment.crashDatabase();
        return true;
      case 'killBroker':
        await deployment.crashBroker?.();
        return true;
      default:
        await this.disturbLine(disturbance);
        return true;
    }
  }

  /** Kills a service that has committed what its log has not heard of: what it was about to say is lost with it. */
  private async killSilenced(
    disturbance: Extract<Disturbance, { kind: 'killUnpublished' | 'killUnacknowledged' }>,
  ): Promise<boolean> {
    const { network, fleet } = this.options;
    const service = disturbance.service as ServiceName;
    const lines = (network.lines.get(service) ?? []).map(({ broker }) => broker);
    const spoke = await this.silence(lines, disturbance.kind);
    const instance = spoke ?? 1;
    await fleet.kill(service, instance);
    lines[instance - 1]?.lose();
    return spoke !== undefined;
  }

  /**
   * Holds up the instance that is the first to say it.
   *
   * @returns its number; undefined where none did, or where it cannot be told: what a socket of a real broker says cannot be read, so that the
   * first one is held up for a while
   */
  private async silence(
    lines: readonly TcpProxy[],
    kind: 'killUnpublished' | 'killUnacknowledged',
  ): Promise<number | undefined> {
    if (this.options.deployment.crashBroker !== undefined) {
      lines[0]?.hold();
      await pause(SILENT_MS);
      return undefined;
    }
    const spoken = new AbortController();
    const signal = AbortSignal.any([this.stopping.signal, spoken.signal, AbortSignal.timeout(LONGEST_WAIT_MS)]);
    const moment = kind === 'killUnpublished' ? publishes : acknowledges;
    const held = await Promise.all(
      lines.map(async (line, index) => {
        if (!(await line.holdAt(moment, signal))) return [];
        spoken.abort();
        return [{ line, instance: index + 1 }];
      }),
    );
    const [first, ...others] = held.flat();
    for (const { line } of others) line.release();
    return first?.instance;
  }

  private async disturbLine(
    disturbance: Extract<Disturbance, { kind: 'cutConnections' | 'holdConnections' | 'slowConnections' }>,
  ): Promise<void> {
    const line = this.options.network.lines.get(disturbance.service as ServiceName)?.[disturbance.instance - 1]?.[
      disturbance.to
    ];
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
      for (const instance of fleet.instances) {
        const url = `${fleet.managementUrlOf(name, instance)}/health/ready`;
        while (!(await isReady(url))) {
          if (Date.now() > until) {
            throw new Error(`${name} (${instance}) is not ready ${RECOVERY_MS / 1000} s after a disturbance`);
          }
          await pause(POLL_MS);
        }
      }
    }
  }
}

/** A service that says nothing for so long is killed as it is. */
const LONGEST_WAIT_MS = 60_000;
const SILENT_MS = 300;
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
  const which = 'instance' in disturbance && disturbance.instance > 1 ? ` (${disturbance.instance})` : '';
  switch (kind) {
    case 'killService':
      return `SIGKILL ${disturbance.service}${which}`;
    case 'killUnpublished':
      return `SIGKILL ${disturbance.service} between a commit and its publication`;
    case 'killUnacknowledged':
      return `SIGKILL ${disturbance.service} between a commit and its acknowledgement`;
    case 'killDatabase':
      return 'SIGKILL the database';
    case 'killBroker':
      return 'SIGKILL the broker';
    case 'cutConnections':
      return `cut ${disturbance.service}${which} off its ${disturbance.to}`;
    case 'holdConnections':
      return `${disturbance.service}${which} hears nothing of its ${disturbance.to} for ${disturbance.ms} ms`;
    case 'slowConnections':
      return `${disturbance.service}${which} is slow to reach its ${disturbance.to} for ${disturbance.ms} ms`;
  }
}
