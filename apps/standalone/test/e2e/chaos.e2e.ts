import { rm } from 'node:fs/promises';
import { drill } from '@risk-budget/chaos';
import { startEmbeddedBus } from '../../src/bus/embedded-bus.js';
import { playRound } from '../../src/chaos/round.js';
import { layoutOf, serviceNames } from '../../src/layout.js';
import { freePortBase, temporaryFolder } from './standalone-process.js';

/** Any would do; with this one limits of both funds are breached. */
const seed = 1;

describe('a history that nobody has written, while everything fails', () => {
  it('loses nothing and does nothing twice: every figure, breach, order and audit entry is as recomputed from the input', async () => {
    const dataDir = await temporaryFolder();
    const said: string[] = [];
    try {
      const { report, done, breachSteps } = await playRound({
        layout: layoutOf({ dataDir, portBase: await freePortBase() }, dataDir),
        startBus: startEmbeddedBus,
        history: { seed, days: 8 },
        plan: drill({ seed, services: serviceNames }),
        signal: new AbortController().signal,
        say: (line) => void said.push(line),
      });
      expect(report.checks.filter(({ failed }) => failed > 0)).toEqual([]);
      // It was no quiet run: all that was planned has happened, as planned, and limits were breached meanwhile.
      expect(done.map(({ disturbance }) => disturbance.kind).sort()).toEqual(
        [...drill({ seed, services: serviceNames })].map(({ disturbance }) => disturbance.kind).sort(),
      );
      expect(done.filter(({ exact }) => !exact)).toEqual([]);
      expect(breachSteps).toBeGreaterThan(10);
    } catch (error) {
      process.stderr.write(`${said.join('\n')}\n`);
      throw error;
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
