import fc from 'fast-check';
import { failureOf } from '../../test/support/failure.js';
import { golden } from '../../test/support/golden.js';
import { RandomStream } from '../random/random-stream.js';
import type { BreachSimulation, ModelMemory, PathFigure, PathLimit } from './path-limits.js';
import { simulateBreaches } from './simulate-breaches.js';

const limit = (over: Partial<PathLimit>): PathLimit => ({
  figure: { kind: 'exposure', of: 'net' },
  side: 'above',
  value: 0.5,
  bound: 1,
  members: [0],
  isPortfolio: false,
  ...over,
});

const drawn = (seed: number, days: number, count: number): Int32Array => {
  const stream = new RandomStream(seed);
  return Int32Array.from({ length: count }, () => Math.floor(stream.uniform() * days));
};

function simulation(over: Partial<BreachSimulation>): BreachSimulation {
  const horizonDays = over.horizonDays ?? 3;
  return {
    values: Float64Array.of(50),
    cash: 50,
    scaled: new Float64Array(100).fill(0.1),
    past: new Float64Array(100).fill(0.1),
    memory: { kind: 'window', days: 100 },
    limits: [limit({})],
    draws: drawn(7, 100, 20 * horizonDays),
    horizonDays,
    ...over,
  };
}

const contribution: PathFigure = { kind: 'risk', of: 'contribution' };

describe('breaches along the paths of a reference', () => {
  const expected = golden<{
    windowDays: number;
    lambda: number;
    horizonDays: number;
    confidence: number;
    values: number[];
    cash: number;
    names: number[];
    past: number[];
    scaled: number[];
    benchmarkPast: number[];
    benchmarkScaled: number[];
    taken: number[];
    draws: number[];
    runs: {
      memory: 'window' | 'decay';
      kind: PathFigure['kind'];
      of: string;
      members: number[];
      side: 'above' | 'below';
      bound: number;
      byDay: number[];
    }[];
  }>('breach/fixtures/breach.json');
  const everything = expected.values.length;

  it.each(['window', 'decay'] as const)('are those of NumPy for every figure, by a %s', (memory) => {
    const runs = expected.runs.filter((run) => run.memory === memory);
    const values = { exposure: 0, concentration: 0, risk: 0.2, historical: 0.02, constant: 0.5 };
    const found = simulateBreaches({
      values: Float64Array.from(expected.values),
      cash: expected.cash,
      scaled: Float64Array.from(expected.scaled),
      past: Float64Array.from(expected.past),
      memory:
        memory === 'window'
          ? { kind: 'window', days: expected.windowDays }
          : { kind: 'decay', lambda: expected.lambda },
      limits: runs.map(({ kind, of, members, side, bound }) => ({
        ...{ side, bound, members, value: values[kind], isPortfolio: members.length === everything },
        figure: { kind, of, scale: 2 } as PathFigure,
      })),
      names: expected.names,
      benchmark: {
        past: Float64Array.from(expected.benchmarkPast),
        scaled: Float64Array.from(expected.benchmarkScaled),
        taken: Float64Array.from(expected.taken),
      },
      tail: { windowDays: expected.windowDays, confidence: expected.confidence, quantileRule: 'type7' },
      draws: Int32Array.from(expected.draws),
      horizonDays: expected.horizonDays,
    });
    runs.forEach(({ kind, of, byDay }, k) => expect([kind, of, ...found[k]!.byDay]).toEqual([kind, of, ...byDay]));
    expect(runs).toHaveLength(17);
  });
});

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
          limits: [limit({ figure: contribution, value: 0.2, bound })],
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
        limits: [limit({ figure: contribution, value: 0.1, bound: 0.1001, members: [1] })],
      }),
    );
    expect(node?.probability).toBe(0);
  });

  it('of limits side by side, on one node or several, are those of each alone', () => {
    const random = new RandomStream(11);
    const past = Float64Array.from({ length: 300 }, () => 0.06 * (random.uniform() - 0.5));
    const limits = [
      limit({ bound: 0.2, members: [0, 1] }),
      limit({ bound: 0.45, figure: { kind: 'exposure', of: 'gross' }, members: [0, 1] }),
      limit({ value: 0.2, bound: 0.21, figure: contribution, members: [0, 1] }),
      limit({ value: 0.2, bound: 0.21, figure: contribution, members: [2] }),
      limit({ value: 0.2, bound: 0.21, figure: { kind: 'risk', of: 'standAlone' }, members: [2] }),
      limit({ value: 0.02, bound: 0.021, figure: { kind: 'historical', of: 'es', scale: 1 } }),
      limit({ bound: 0.2, members: [1, 2] }),
    ];
    const tail = { windowDays: 60, confidence: 0.95, quantileRule: 'type7' } as const;
    const found = (over: Partial<BreachSimulation>) =>
      simulateBreaches(
        simulation({
          ...{
            values: Float64Array.of(40, -20, 30),
            scaled: past,
            past,
            tail,
            draws: drawn(5, 100, 1000),
            horizonDays: 10,
            ...over,
          },
        }),
      );
    const memories: ModelMemory[] = [
      { kind: 'window', days: 60 },
      { kind: 'decay', lambda: 0.9 },
    ];
    for (const memory of memories) {
      const together = found({ memory, limits });
      limits.forEach((one, k) => expect(found({ memory, limits: [one] })).toEqual([together[k]]));
      expect(new Set(together.map(({ probability }) => probability)).size).toBeGreaterThan(2);
    }
  });

  it('of what no price moves are none, and of a benchmark that is held itself have no active risk to grow', () => {
    const past = Float64Array.from({ length: 100 }, (_, t) => 0.01 * Math.sin(t * t));
    const [fixed, active] = simulateBreaches(
      simulation({
        ...{ past, scaled: past, cash: 0, draws: drawn(2, 100, 60) },
        benchmark: { past, scaled: past, taken: Float64Array.of(1) },
        limits: [
          limit({ figure: { kind: 'constant' }, value: 3, bound: 4 }),
          limit({ figure: { kind: 'risk', of: 'active' }, value: 0, bound: 1e-9, isPortfolio: true }),
        ],
      }),
    );
    expect([fixed?.probability, active?.probability]).toEqual([0, 0]);
  });

  it('of a tail drop the worst past loss when its day leaves the window', () => {
    // The oldest day was the worst; every day ahead is a gain.
    const past = Float64Array.from({ length: 100 }, (_, t) => (t === 80 ? -0.2 : t % 2 === 0 ? -0.01 : 0.02));
    const es = limit({ figure: { kind: 'historical', of: 'es', scale: 1 }, value: 0.2, side: 'below', bound: 0.1 });
    const [found] = simulateBreaches(
      simulation({
        ...{ past, scaled: past.map(() => 0.01), cash: 0, limits: [es] },
        tail: { windowDays: 20, confidence: 0.95, quantileRule: 'type7' },
      }),
    );
    expect([...(found?.byDay ?? [])]).toEqual([1, 1, 1]);
  });

  it('never get less likely with the horizon or a nearer bound, whatever the figure', () => {
    const kinds: PathFigure[] = [
      { kind: 'exposure', of: 'gross' },
      { kind: 'concentration', of: 'herfindahl' },
      contribution,
      { kind: 'risk', of: 'active' },
      { kind: 'historical', of: 'var', scale: 1 },
    ];
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), fc.constantFrom(...kinds), (seed, figure) => {
        const random = new RandomStream(seed);
        const scaled = Float64Array.from({ length: 200 }, () => 0.06 * (random.uniform() - 0.5));
        const series = scaled.slice(0, 100);
        const [far, near] = [1.04, 1.01].map(
          (bound) =>
            simulateBreaches(
              simulation({
                ...{
                  values: Float64Array.of(50, 30),
                  scaled,
                  past: scaled,
                  draws: drawn(seed, 100, 600),
                  horizonDays: 20,
                },
                benchmark: { past: series, scaled: series, taken: Float64Array.of(0.3, 0.1) },
                tail: { windowDays: 80, confidence: 0.9, quantileRule: 'type7' },
                limits: [limit({ figure, value: 1, bound, members: [0, 1] })],
              }),
            )[0]!,
        );
        near!.byDay.forEach((value, day) => {
          expect(value).toBeGreaterThanOrEqual(near!.byDay[day - 1] ?? 0);
          expect(value).toBeGreaterThanOrEqual(far!.byDay[day]!);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('are refused without what they rest on', () => {
    const refused = (over: Partial<BreachSimulation>) => failureOf(() => simulateBreaches(simulation(over)));
    expect(refused({ draws: Int32Array.of(0, 1, 100) }).details.field).toBe('draws');
    expect(refused({ cash: -50 }).details.field).toBe('values');
    expect(refused({ limits: [limit({ figure: { kind: 'risk', of: 'beta' } })] }).reason).toBe('outOfDomain');
    const historical = limit({ figure: { kind: 'historical', of: 'var', scale: 1 } });
    expect(refused({ limits: [historical] }).reason).toBe('outOfDomain');
    expect(refused({ draws: new Int32Array(0) }).reason).toBe('tooFewObservations');
    expect(refused({ past: new Float64Array(99) }).details.field).toBe('past');
  });
});
