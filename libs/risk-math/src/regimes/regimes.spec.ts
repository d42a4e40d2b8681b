import fc from 'fast-check';
import { seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { stationaryDistribution } from './chain.js';
import { filterRegimes } from './filter.js';
import { fitRegimes } from './fit.js';
import { regimeForecast } from './forecast.js';
import { onHillsOfTheirOwn } from './hills.js';
import { Layout } from './layout.js';
import { RegimeLikelihood } from './likelihood.js';
import type { RegimeParameters, RegimeSpecification } from './types.js';

interface Model {
  series: string;
  states: 2 | 3;
  logLikelihood: number;
  means: number[];
  variances: number[];
  transition: number[];
  initial: number[];
  smoothed: number[];
}
interface Switching extends Model {
  mean: 'switching' | 'zero';
  filtered: number[];
  expectedDurations: number[];
  tenDaysAhead: number[];
  standardErrors?: { means: number[] | null; variances: number[]; moves: number[] };
}

const expected = golden<{ days: number[]; hiddenMarkov: Model[]; switching: Switching[] }>(
  'regimes/fixtures/regimes.json',
);
const series = golden<{ returns: Record<string, number[]> }>('volatility/fixtures/garch.json').returns;
const returnsOf = (name: string): Float64Array => Float64Array.from(series[name]!);
const parametersOf = (model: Pick<Model, 'means' | 'variances' | 'transition' | 'initial'>): RegimeParameters => ({
  means: Float64Array.from(model.means),
  variances: Float64Array.from(model.variances),
  transition: Float64Array.from(model.transition),
  initial: Float64Array.from(model.initial),
});
const onDays = (values: Float64Array, states: number): number[] =>
  expected.days.flatMap((t) => [...values.slice(t * states, (t + 1) * states)]);

describe.each(
  expected.switching.map((model) => [`${model.series}, ${model.states} states, mean ${model.mean}`, model] as const),
)('Markov switching, %s', (_, model) => {
  const returns = returnsOf(model.series);
  const fit = fitRegimes(returns, { states: model.states, start: 'stationary', mean: model.mean });

  it('at the parameters of statsmodels has its likelihood, filtered and smoothed probabilities', () => {
    const own = filterRegimes(returns, parametersOf(model));
    expect(seen('Regimes at given parameters', own.logLikelihood / model.logLikelihood - 1)).toBeLessThan(1e-10);
    expect(
      seen('Regimes at given parameters', relativeDifference(onDays(own.filtered, model.states), model.filtered)),
    ).toBeLessThan(1e-9);
    expect(
      seen('Regimes at given parameters', relativeDifference(onDays(own.smoothed, model.states), model.smoothed)),
    ).toBeLessThan(1e-8);
    const ahead = regimeForecast({ parameters: parametersOf(model), next: own.next }, 10);
    expect(
      seen(
        'Regimes at given parameters',
        relativeDifference(ahead.probabilities.slice(-model.states), model.tenDaysAhead),
      ),
    ).toBeLessThan(1e-9);
  });

  it('reaches a likelihood no worse than that of statsmodels', () => {
    expect(fit.status).toBe('converged');
    expect(seen('Regimes, optimum', Math.max(0, model.logLikelihood - fit.logLikelihood))).toBeLessThan(1e-6);
  });

  it('starts from its stationary distribution', () => {
    expect(relativeDifference(fit.parameters.initial, fit.stationary!)).toBeLessThan(1e-9);
  });

  it('has the durations, and the standard errors of two states, of statsmodels', () => {
    if (model.standardErrors === undefined) {
      expect(fit.expectedDurations.every((days) => days === null || days >= 1)).toBe(true);
      return;
    }
    expect(fit.expectedDurations.map((days, k) => days! / model.expectedDurations[k]!)).toEqual(
      model.expectedDurations.map(() => expect.closeTo(1, 2)),
    );
    const { means, variances, moves } = model.standardErrors;
    fit.standardErrors.variances.forEach((error, k) => expect(error! / variances[k]!).toBeCloseTo(1, 2));
    if (means !== null) fit.standardErrors.means.forEach((error, k) => expect(error! / means[k]!).toBeCloseTo(1, 2));
    moves.forEach((error, k) => expect(fit.standardErrors.transition[k * 2 + (1 - k)]! / error).toBeCloseTo(1, 2));
  });
});

describe.each(expected.hiddenMarkov.map((model) => [`${model.series}, ${model.states} states`, model] as const))(
  'hidden Markov, %s',
  (_, model) => {
    const returns = returnsOf(model.series);

    it('at the parameters of hmmlearn has its likelihood and smoothed probabilities', () => {
      const own = filterRegimes(returns, parametersOf(model));
      expect(seen('Regimes at given parameters', own.logLikelihood / model.logLikelihood - 1)).toBeLessThan(1e-10);
      expect(
        seen('Regimes at given parameters', relativeDifference(onDays(own.smoothed, model.states), model.smoothed)),
      ).toBeLessThan(1e-8);
    });

    it('reaches a likelihood no worse than the best of eight seeds of hmmlearn', () => {
      const fit = fitRegimes(returns, { states: model.states, start: 'free' });
      expect(fit.status).toBe('converged');
      expect(seen('Regimes, optimum', Math.max(0, model.logLikelihood - fit.logLikelihood))).toBeLessThan(1e-6);
    });
  },
);

describe('regimes', () => {
  const returns = returnsOf('JPM');

  it.each([
    { states: 2, start: 'stationary', mean: 'switching' },
    { states: 2, start: 'free', mean: 'zero' },
    { states: 3, start: 'stationary', mean: 'zero' },
    { states: 3, start: 'free', mean: 'switching' },
  ] as const)(
    '$states states, start $start, mean $mean: the scores are the slopes of the likelihood',
    (specification) => {
      const layout = new Layout(specification);
      const likelihood = new RegimeLikelihood(
        returns.map((value) => 64 * value),
        layout,
      );
      const { states } = specification;
      const at = layout.write({
        means: Float64Array.from({ length: states }, (_, k) => 0.1 - 0.08 * k),
        variances: Float64Array.from({ length: states }, (_, k) => 0.4 + 0.7 * k),
        transition: Float64Array.from({ length: states * states }, (_, p) =>
          p % (states + 1) === 0 ? 1 - 0.05 * (states - 1) : 0.05,
        ),
        initial: Float64Array.from({ length: states }, (_, k) => (k === 0 ? 1 - 0.2 * (states - 1) : 0.2)),
      });
      const gradient = new Float64Array(layout.size);
      expect(likelihood.gradient(at, gradient)).toBe(likelihood.value(at));
      gradient.forEach((slope, j) => {
        const width = 1e-4;
        const moved = (by: number): number => likelihood.value(at.map((value, i) => (i === j ? value + by : value)));
        const central = (8 * (moved(width) - moved(-width)) - (moved(2 * width) - moved(-2 * width))) / (12 * width);
        expect(Math.abs(slope - central)).toBeLessThan(1e-6 * Math.max(1, Math.abs(slope)));
      });
    },
  );

  it('are found again in a series made of them, in order of variance', () => {
    const noise = seededReturns(3, 1500, 1, 1).values;
    let size = 0;
    for (const value of noise) size += (value * value) / noise.length;
    const made = noise.map((value, t) => (value / Math.sqrt(size)) * (Math.floor(t / 150) % 3 === 2 ? 0.03 : 0.01));
    const fit = fitRegimes(made, { states: 2, mean: 'zero' });
    expect(fit.parameters.variances[0]! / 1e-4).toBeCloseTo(1, 0);
    expect(fit.parameters.variances[1]! / 9e-4).toBeCloseTo(1, 0);
    const right = made.filter((_, t) => fit.smoothed[2 * t + 1]! > 0.5 === (Math.floor(t / 150) % 3 === 2));
    expect(right.length / 1500).toBeGreaterThan(0.97);
  });

  it('filtered probabilities of a day do not know the days after it; smoothed ones do', () => {
    const { parameters } = fitRegimes(returns, { states: 2 });
    const whole = filterRegimes(returns, parameters);
    const early = filterRegimes(returns.slice(0, 500), parameters);
    expect(relativeDifference(early.filtered, whole.filtered.slice(0, 1000))).toBeLessThan(1e-12);
    expect(relativeDifference(early.smoothed, whole.smoothed.slice(0, 1000))).toBeGreaterThan(1e-4);
    expect(early.smoothed.slice(-2)).toEqual(early.filtered.slice(-2));
  });

  it('n steps on are n single steps, and in the end the stationary distribution', () => {
    const fit = fitRegimes(returns, { states: 3 });
    const far = regimeForecast(fit, 5000);
    expect(relativeDifference(far.probabilities.slice(-3), fit.stationary!)).toBeLessThan(1e-6);
    for (let day = 0; day < 20; day++) {
      const total = far.probabilities.slice(3 * day, 3 * day + 3).reduce((a, b) => a + b, 0);
      expect(total).toBeCloseTo(1, 12);
    }
    expect(far.daily[0]!).toBeGreaterThan(fit.parameters.variances[0]!);
    expect(failureOf(() => regimeForecast(fit, 0)).details.field).toBe('horizonDays');
  });

  it('do not depend on the unit, from 1e-12 to 1e6', () => {
    const one = fitRegimes(returns, { states: 2 });
    for (const factor of [1e-12, 0.5, 1e6]) {
      const scaled = fitRegimes(
        returns.map((value) => value * factor),
        { states: 2 },
      );
      expect(relativeDifference(scaled.filtered, one.filtered)).toBeLessThan(1e-4);
      expect(scaled.parameters.variances[1]! / one.parameters.variances[1]! / factor / factor).toBeCloseTo(1, 5);
      expect(scaled.logLikelihood + 1000 * Math.log(factor)).toBeCloseTo(one.logLikelihood, 6);
    }
  });

  it('from yesterday’s parameters reach the same likelihood', () => {
    const yesterday = fitRegimes(returns.slice(0, -1), { states: 2 });
    const cold = fitRegimes(returns.slice(1), { states: 2 });
    const warm = fitRegimes(returns.slice(1), { states: 2 }, { warmStart: yesterday.parameters });
    expect(warm.logLikelihood).toBeGreaterThan(cold.logLikelihood - 1e-6);
  });

  it('hold no number that is not finite; probabilities sum to 1; variances ascend', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.constantFrom<RegimeSpecification>(
          { states: 2 },
          { states: 2, start: 'free', mean: 'zero' },
          { states: 3, start: 'free' },
          { states: 3, mean: 'zero' },
        ),
        fc.integer({ min: 0, max: 90 }),
        (seed, specification, zeros) => {
          const values = seededReturns(seed, 160, 1).values.map((value, t) => (t % 100 < zeros ? 0 : value));
          const fit = fitRegimes(values, specification);
          const { states } = specification;
          for (const array of [fit.filtered, fit.smoothed, fit.next, ...Object.values(fit.parameters)]) {
            expect(array.every(Number.isFinite)).toBe(true);
          }
          expect(Number.isFinite(fit.logLikelihood) && Number.isFinite(fit.residual)).toBe(true);
          for (let t = 0; t < 160; t++) {
            expect(fit.filtered.slice(t * states, (t + 1) * states).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 10);
            expect(fit.smoothed.slice(t * states, (t + 1) * states).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 8);
          }
          for (let k = 1; k < states; k++) {
            expect(fit.parameters.variances[k]!).toBeGreaterThanOrEqual(fit.parameters.variances[k - 1]!);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('of starts that lead up one hill count the best alone, whatever the order of its states', () => {
    const climb = (means: number[], variances: number[], stays: number[], value: number) => ({
      parameters: parametersOf({
        ...{ means, variances, initial: [0.5, 0.5] },
        transition: [stays[0]!, 1 - stays[0]!, 1 - stays[1]!, stays[1]!],
      }),
      value,
    });
    const best = climb([0.1, -0.2], [1, 4], [0.95, 0.9], -10);
    const same = climb([-0.25, 0.12], [4.2, 1.1], [0.92, 0.96], -10.1);
    const falling = climb([0.1, -0.9], [1, 4], [0.95, 0.9], -11);
    const wilder = climb([0.1, -0.2], [1, 8], [0.95, 0.9], -12);
    const brief = climb([0.1, -0.2], [1, 4], [0.95, 0.5], -13);
    const climbs = [best, same, falling, wilder, brief];
    expect(onHillsOfTheirOwn(climbs, 9)).toEqual([best, falling, wilder, brief]);
    expect(onHillsOfTheirOwn(climbs, 2)).toEqual([best, falling]);
  });

  it.each([2, 3] as const)('of %d states are the same from the same series, bit by bit', (states) => {
    expect(fitRegimes(returns, { states })).toEqual(fitRegimes(returns, { states }));
  });

  it.each([
    ['99 days', new Float64Array(99).fill(0.01), 'tooFewObservations'],
    ['only zeros', new Float64Array(200), 'outOfDomain'],
    ['a constant', new Float64Array(200).fill(0.01), 'outOfDomain'],
    ['NaN', Float64Array.from({ length: 200 }, (_, t) => (t === 7 ? NaN : t / 1e4)), 'invalidInput'],
  ] as const)('refuse %s', (_name, values, reason) => {
    expect(failureOf(() => fitRegimes(values, { states: 2 })).reason).toBe(reason);
  });

  it('at given parameters refuse a chain that is none', () => {
    const { parameters } = fitRegimes(returns, { states: 2 });
    const broken = { ...parameters, transition: Float64Array.of(0.9, 0.2, 0.1, 0.9) };
    expect(failureOf(() => filterRegimes(returns, broken)).reason).toBe('invalidInput');
    const flat = { ...parameters, variances: Float64Array.of(0, 1e-4) };
    expect(failureOf(() => filterRegimes(returns, flat)).reason).toBe('invalidInput');
  });
});

describe('stationary distribution', () => {
  it('stays as it is, a day on', () => {
    const transition = Float64Array.of(0.9, 0.08, 0.02, 0.1, 0.85, 0.05, 0, 0.3, 0.7);
    const pi = stationaryDistribution(transition, 3)!;
    for (let j = 0; j < 3; j++) {
      let total = 0;
      for (let i = 0; i < 3; i++) total += pi[i]! * transition[i * 3 + j]!;
      expect(total).toBeCloseTo(pi[j]!, 14);
    }
  });

  it('is not one of a chain that can be caught in two places', () => {
    expect(stationaryDistribution(Float64Array.of(1, 0, 0, 1), 2)).toBeNull();
  });
});
