import { RandomStream } from '@risk-budget/risk-math';
import type { SimulatedLimit } from './simulated-limit.js';
import { simulateBreaches, type BreachSimulation } from './simulation.js';

const limit = (over: Partial<SimulatedLimit>): SimulatedLimit => ({
  limitId: 'L',
  limitVersion: 1,
  nodeId: 'portfolio',
  figure: { kind: 'exposure', of: 'net' },
  side: 'above',
  value: 0.5,
  bound: 1,
  ...over,
});

function simulation(over: Partial<BreachSimulation>): BreachSimulation {
  const stream = new RandomStream(7);
  const limits = over.limits ?? [limit({})];
  return {
    values: Float64Array.of(50),
    cash: 50,
    scaled: new Float64Array(100).fill(0.1),
    past: new Float64Array(100).fill(0.1),
    memory: { kind: 'window', days: 100 },
    members: limits.map(() => [0]),
    paths: 20,
    horizonDays: 3,
    uniform: () => stream.uniform(),
    ...over,
    limits,
  };
}

describe('simulated breaches', () => {
  it('happen on the day on which the drifting weight passes the bound, and not at the bound', () => {
    // 55 of 105, then 60.5 of 110.5.
    const between = simulateBreaches(simulation({ limits: [limit({ bound: 0.53 })] }))[0];
    expect([...(between?.byDay ?? [])]).toEqual([0, 1, 1]);
    const at = simulateBreaches(simulation({ limits: [limit({ bound: 55 / 105 })], horizonDays: 1 }))[0];
    expect(at?.probability).toBe(0);
    const cash = limit({ figure: { kind: 'exposure', of: 'cash' }, side: 'below', bound: 50 / 108 });
    expect([...(simulateBreaches(simulation({ limits: [cash] }))[0]?.byDay ?? [])]).toEqual([0, 1, 1]);
  });

  it('of a risk figure follow the model as it would be estimated again: windows drop their oldest day, decays fade', () => {
    const risk = (memory: BreachSimulation['memory'], bound: number) =>
      simulateBreaches(
        simulation({
          cash: 0,
          scaled: new Float64Array(100).fill(0.02),
          past: new Float64Array(100).fill(0.01),
          memory,
          limits: [limit({ figure: { kind: 'risk' }, value: 0.2, bound })],
        }),
      )[0]?.byDay;
    // The mean square goes from 1e-4 to 1e-4 + k · 3e-4 / 100 after k days.
    const windowed = (k: number) => 0.2 * Math.sqrt(1 + (3 * k) / 100);
    expect([...(risk({ kind: 'window', days: 100 }, (windowed(2) + windowed(3)) / 2) ?? [])]).toEqual([0, 0, 1]);
    // And to 0.9 · 1e-4 + 0.1 · 4e-4 after one day at λ = 0.9.
    expect([...(risk({ kind: 'decay', lambda: 0.9 }, 0.2 * Math.sqrt(1.29)) ?? [])]).toEqual([1, 1, 1]);
    expect([...(risk({ kind: 'decay', lambda: 0.9 }, 0.2 * Math.sqrt(1.31)) ?? [])]).toEqual([0, 1, 1]);
  });

  it('of a node count its part in the portfolio', () => {
    const [node] = simulateBreaches(
      simulation({
        values: Float64Array.of(50, 50),
        cash: 0,
        // The first name doubles its moves, the second stands still.
        past: Float64Array.from({ length: 200 }, () => 0.01),
        scaled: Float64Array.from({ length: 200 }, (_, at) => (at % 2 === 0 ? 0.04 : 0)),
        limits: [limit({ figure: { kind: 'risk' }, value: 0.1, bound: 0.1001 })],
        members: [[1]],
      }),
    );
    expect(node?.probability).toBe(0);
  });

  it('of limits side by side, on one node or several, are those of each alone', () => {
    const random = new RandomStream(11);
    const past = Float64Array.from({ length: 300 }, () => 0.06 * (random.uniform() - 0.5));
    const [net, gross, risk] = [
      limit({ bound: 0.2 }),
      limit({ bound: 0.45, figure: { kind: 'exposure', of: 'gross' } }),
      limit({ value: 0.2, bound: 0.21, figure: { kind: 'risk' } }),
    ];
    const limits = [net, gross, risk, risk, net];
    const members = [[0, 1], [0, 1], [0, 1], [2], [1, 2]];
    const found = (over: Partial<BreachSimulation>) =>
      simulateBreaches(
        simulation({
          ...{ values: Float64Array.of(40, -20, 30), scaled: past, past, paths: 100, horizonDays: 10, ...over },
        }),
      );
    for (const memory of [
      { kind: 'window', days: 60 },
      { kind: 'decay', lambda: 0.9 },
    ] as const) {
      const together = found({ memory, limits, members });
      limits.forEach((one, k) => {
        expect(found({ memory, limits: [one], members: [members[k] ?? []] })).toEqual([together[k]]);
      });
      expect(new Set(together.map(({ probability }) => probability)).size).toBeGreaterThan(2);
    }
  });

  it('never get less likely with the horizon, and are the same for the same draws', () => {
    const random = new RandomStream(3);
    const scaled = Float64Array.from({ length: 200 }, () => 0.04 * (random.uniform() - 0.5));
    const run = () =>
      simulateBreaches(
        simulation({ scaled, past: scaled, paths: 300, horizonDays: 20, limits: [limit({ bound: 0.51 })] }),
      )[0];
    const first = run();
    expect(first?.probability).toBeGreaterThan(0.1);
    expect(first?.probability).toBeLessThan(0.9);
    first?.byDay.forEach((value, day) => expect(value).toBeGreaterThanOrEqual(first.byDay[day - 1] ?? 0));
    expect(run()).toEqual(first);
  });
});
