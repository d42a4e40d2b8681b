import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingRequirement } from '../artifacts.js';
import { Broker } from '../broker.js';

/** Idle WebSockets of a test broker are closed after this. */
export const TEST_IDLE_MS = 4_000;

export interface TestBroker {
  broker: Broker;
  release(): Promise<void>;
}

/** Why tests on a real broker cannot run here, said aloud once; undefined when they can. */
export function brokerOrReason(): string | undefined {
  const missing = missingRequirement();
  if (missing === undefined) return undefined;
  process.stderr.write(`\n*** SKIPPED: tests on a real Pulsar broker, for this machine has ${missing} ***\n\n`);
  return missing;
}

/** The broker for tests: the one that runs on TEST_PULSAR_DIR, or one of its own, wiped in the end. */
export async function acquireTestBroker(): Promise<TestBroker> {
  const given = process.env['TEST_PULSAR_DIR'];
  if (given !== undefined && given !== '') {
    const running = await Broker.attach(given);
    if (running === undefined) throw new Error(`TEST_PULSAR_DIR: no broker runs on ${given}.`);
    return { broker: running, release: () => Promise.resolve() };
  }
  const dir = await mkdtemp(join(tmpdir(), 'risk-budget-pulsar-'));
  try {
    const broker = await Broker.start({ dir, webSocketIdleMs: TEST_IDLE_MS, detached: false });
    return { broker, release: () => broker.wipe() };
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
}
