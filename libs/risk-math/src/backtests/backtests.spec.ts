import fc from 'fast-check';
import { failureOf } from '../../test/support/failure.js';
import { golden } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { acerbiSzekelyZ1, acerbiSzekelyZ2 } from './acerbi-szekely.js';
import { berkowitz } from './berkowitz.js';
import { baselZone } from './basel-zones.js';
import { christoffersen } from './christoffersen.js';
import { dynamicQuantile } from './dynamic-quantile.js';
import { exceedances } from './exceedances.js';
import { kupiec } from './kupiec.js';

interface Golden {
  kupiec: { exceedances: number; observations: number; confidence: number; statistic: number; pValue: number }[];
  christoffersen: {
    confidence: number;
    hits: number[];
    independence: number;
    independencePValue: number;
    conditionalCoverage: number;
    conditionalCoveragePValue: number;
    transitions: number[];
  }[];
  zones: { exceedances: number; observations: number; confidence: number; cumulativeProbability: number }[];
  shortfall: {
    confidence: number;
    losses: number[];
    valuesAtRisk: number[];
    expectedShortfalls: number[];
    exceedances: number;
    z1: number;
    z2: number;
  };
  dynamicQuantile: { statistic: number; pValue: number };
  berkowitz: { transforms: number[]; statistic: number; pValue: number; parameters: number[] };
}

const expected = golden<Golden>('backtests/fixtures/backtests.json');
const hitsOf = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 2, maxLength: 300 });

describe('Kupiec', () => {
  it.each(expected.kupiec)(
    '$exceedances in $observations days at $confidence: as a binomial maximised by SciPy',
    (wanted) => {
      const own = kupiec(wanted.exceedances, wanted.observations, wanted.confidence);
      expect(seen('Kupiec, Christoffersen', own.statistic - wanted.statistic)).toBeLessThan(1e-7);
      expect(seen('Kupiec, Christoffersen', own.pValue - wanted.pValue)).toBeLessThan(1e-7);
    },
  );

  it('has the non-rejection regions of the paper: 5 % size, 255 and 510 days at 99 %, 95 %', () => {
    const accepted = (observations: number, confidence: number): [number, number] => {
      const counts = Array.from({ length: observations + 1 }, (_, k) => k).filter(
        (k) => kupiec(k, observations, confidence).pValue > 0.05,
      );
      return [counts[0]!, counts[counts.length - 1]!];
    };
    // Kupiec (1995), table 3: N < 7 of 255 and 1 < N < 11 of 510 at 1 %; 6 < N < 21 of 255 and 16 < N < 36 of 510 at 5 %.
    expect(accepted(255, 0.99)[1]).toBe(6);
    expect(accepted(510, 0.99)).toEqual([2, 10]);
    expect(accepted(255, 0.95)).toEqual([7, 20]);
    expect(accepted(510, 0.95)).toEqual([17, 35]);
  });

  it('is 0 at the frequency promised, and never below', () => {
    expect(kupiec(5, 100, 0.95).statistic).toBeCloseTo(0, 12);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.double({ min: 0, max: 1, noNaN: true }), (days, share) => {
        const own = kupiec(Math.floor(share * days), days, 0.975);
        expect(own.statistic).toBeGreaterThanOrEqual(0);
        expect(own.pValue >= 0 && own.pValue <= 1).toBe(true);
      }),
    );
  });

  it('refuses more exceedances than days, no day, and a tail for a confidence', () => {
    expect(failureOf(() => kupiec(3, 2, 0.95)).details.field).toBe('exceedances');
    expect(failureOf(() => kupiec(0, 0, 0.95)).reason).toBe('tooFewObservations');
    expect(failureOf(() => kupiec(1, 10, 0.05)).details.field).toBe('confidence');
    expect(failureOf(() => kupiec(NaN, 10, 0.95)).reason).toBe('invalidInput');
  });
});

describe('Christoffersen', () => {
  it.each(expected.christoffersen.map((wanted, at) => [at, wanted] as const))(
    'series %d: as a Markov chain maximised by SciPy',
    (_, wanted) => {
      const own = christoffersen(wanted.hits, wanted.confidence);
      expect(own.transitions).toEqual(wanted.transitions);
      expect(seen('Kupiec, Christoffersen', own.independence.statistic - wanted.independence)).toBeLessThan(1e-6);
      expect(seen('Kupiec, Christoffersen', own.independence.pValue - wanted.independencePValue)).toBeLessThan(1e-6);
      expect(
        seen('Kupiec, Christoffersen', own.conditionalCoverage.statistic - wanted.conditionalCoverage),
      ).toBeLessThan(1e-6);
      expect(
        seen('Kupiec, Christoffersen', own.conditionalCoverage.pValue - wanted.conditionalCoveragePValue),
      ).toBeLessThan(1e-6);
    },
  );

  it('conditional coverage is independence and frequency from the second day on', () => {
    fc.assert(
      fc.property(hitsOf, (hits) => {
        const own = christoffersen(hits, 0.95);
        const later = hits.slice(1);
        const frequency = kupiec(
          later.reduce((a, b) => a + b, 0),
          later.length,
          0.95,
        );
        expect(own.conditionalCoverage.statistic).toBeCloseTo(own.independence.statistic + frequency.statistic, 9);
        expect(own.independence.statistic).toBeGreaterThanOrEqual(0);
        expect(Number.isFinite(own.conditionalCoverage.pValue)).toBe(true);
      }),
    );
  });

  it('refuses one day, and what is neither hit nor miss', () => {
    expect(failureOf(() => christoffersen([1], 0.95)).reason).toBe('tooFewObservations');
    expect(failureOf(() => christoffersen([0, 0.5], 0.95)).details.field).toBe('hits');
  });
});

describe('traffic light', () => {
  it('has the zones and additions of the Basel framework for 250 days at 99 %', () => {
    const zones = Array.from({ length: 15 }, (_, k) => baselZone(k, 250, 0.99));
    expect(zones.map(({ zone }) => zone[0]).join('')).toBe('gggggyyyyyrrrrr');
    expect(zones.slice(4, 11).map(({ plusFactor }) => plusFactor)).toEqual([0, 0.4, 0.5, 0.65, 0.75, 0.85, 1]);
    // Table 2 of the framework, cumulative probability in percent.
    const table = [8.11, 28.58, 54.32, 75.81, 89.22, 95.88, 98.63, 99.6, 99.89, 99.97];
    table.forEach((percent, k) => expect(100 * zones[k]!.cumulativeProbability).toBeCloseTo(percent, 2));
  });

  it.each(expected.zones)('$exceedances of $observations at $confidence: the binomial of SciPy', (wanted) => {
    const own = baselZone(wanted.exceedances, wanted.observations, wanted.confidence);
    expect(seen('Traffic light', own.cumulativeProbability / wanted.cumulativeProbability - 1)).toBeLessThan(1e-11);
    expect(own.plusFactor === null).toBe(wanted.observations !== 250 || wanted.confidence !== 0.99);
  });

  it('refuses more exceedances than days', () => {
    expect(failureOf(() => baselZone(5, 4, 0.99)).details.field).toBe('exceedances');
  });
});

describe('Acerbi and Székely', () => {
  const { confidence, z1, z2, ...series } = expected.shortfall;
  const forecasts = {
    confidence,
    losses: Float64Array.from(series.losses),
    valuesAtRisk: Float64Array.from(series.valuesAtRisk),
    expectedShortfalls: Float64Array.from(series.expectedShortfalls),
  };

  it('agree with pandas over the days of exceedance', () => {
    expect(seen('Acerbi–Székely Z₁, Z₂', acerbiSzekelyZ2(forecasts).z / z2 - 1)).toBeLessThan(1e-12);
    expect(seen('Acerbi–Székely Z₁, Z₂', acerbiSzekelyZ1(forecasts).z / z1 - 1)).toBeLessThan(1e-12);
    expect(acerbiSzekelyZ2(forecasts).exceedances).toBe(series.exceedances);
  });

  it('Z₂ = 1 − (1 − Z₁) × exceedances over those expected, the identity of the paper', () => {
    const second = acerbiSzekelyZ2(forecasts);
    const first = acerbiSzekelyZ1(forecasts);
    const ratio = second.exceedances / (second.observations * (1 - confidence));
    expect(seen('Acerbi–Székely Z₁, Z₂', second.z - (1 - (1 - first.z) * ratio))).toBeLessThan(1e-12);
  });

  it('do not depend on the unit, and fall when expected shortfall is too small', () => {
    const scaled = {
      confidence,
      losses: forecasts.losses.map((value) => value * 1e6),
      valuesAtRisk: forecasts.valuesAtRisk.map((value) => value * 1e6),
      expectedShortfalls: forecasts.expectedShortfalls.map((value) => value * 1e6),
    };
    expect(acerbiSzekelyZ2(scaled).z).toBeCloseTo(acerbiSzekelyZ2(forecasts).z, 10);
    const halved = { ...forecasts, expectedShortfalls: forecasts.expectedShortfalls.map((value) => value / 2) };
    expect(acerbiSzekelyZ2(halved).z).toBeLessThan(acerbiSzekelyZ2(forecasts).z);
  });

  it('Z₂ of a sample without exceedance is 1; Z₁ has nothing to average', () => {
    const calm = { ...forecasts, losses: new Float64Array(500) };
    expect(acerbiSzekelyZ2(calm).z).toBe(1);
    expect(failureOf(() => acerbiSzekelyZ1(calm)).reason).toBe('tooFewObservations');
  });

  it('refuse an expected shortfall that is not a loss, unequal lengths, and NaN', () => {
    const none = {
      ...forecasts,
      expectedShortfalls: forecasts.expectedShortfalls.map((value, t) => (t === 2 ? 0 : value)),
    };
    expect(failureOf(() => acerbiSzekelyZ2(none)).reason).toBe('outOfDomain');
    const short = { ...forecasts, valuesAtRisk: forecasts.valuesAtRisk.slice(1) };
    expect(failureOf(() => acerbiSzekelyZ2(short)).details.field).toBe('valuesAtRisk');
    const broken = { ...forecasts, losses: forecasts.losses.map((value, t) => (t === 2 ? NaN : value)) };
    expect(failureOf(() => acerbiSzekelyZ2(broken)).reason).toBe('invalidInput');
  });
});

describe('dynamic quantile', () => {
  const losses = Float64Array.from(expected.shortfall.losses);
  const valuesAtRisk = Float64Array.from(expected.shortfall.valuesAtRisk);
  const { confidence } = expected.shortfall;

  it('is the explained sum of squares of statsmodels', () => {
    const own = dynamicQuantile(losses, valuesAtRisk, confidence);
    expect(own.degreesOfFreedom).toBe(6);
    expect(seen('Dynamic quantile; Berkowitz', own.statistic / expected.dynamicQuantile.statistic - 1)).toBeLessThan(
      1e-9,
    );
    expect(seen('Dynamic quantile; Berkowitz', own.pValue / expected.dynamicQuantile.pValue - 1)).toBeLessThan(1e-8);
  });

  it('does not depend on the unit', () => {
    const scaled = (values: Float64Array): Float64Array => values.map((value) => value * 1e6);
    expect(dynamicQuantile(scaled(losses), scaled(valuesAtRisk), confidence).statistic).toBeCloseTo(
      dynamicQuantile(losses, valuesAtRisk, confidence).statistic,
      8,
    );
  });

  it('has nothing to say without an exceedance, of a value at risk that never changes, or of a few days', () => {
    expect(failureOf(() => dynamicQuantile(new Float64Array(500), valuesAtRisk, 0.975)).reason).toBe('outOfDomain');
    expect(failureOf(() => dynamicQuantile(losses, new Float64Array(500).fill(0.02), 0.975)).reason).toBe(
      'outOfDomain',
    );
    expect(failureOf(() => dynamicQuantile(losses.slice(0, 10), valuesAtRisk.slice(0, 10), 0.975)).reason).toBe(
      'tooFewObservations',
    );
  });
});

describe('Berkowitz', () => {
  const transforms = Float64Array.from(expected.berkowitz.transforms);

  it('agrees with the conditional likelihood of an autoregression by statsmodels', () => {
    const own = berkowitz(transforms);
    expect(seen('Dynamic quantile; Berkowitz', own.statistic / expected.berkowitz.statistic - 1)).toBeLessThan(1e-9);
    expect(seen('Dynamic quantile; Berkowitz', own.pValue / expected.berkowitz.pValue - 1)).toBeLessThan(1e-8);
    [own.intercept, own.autocorrelation, own.variance].forEach((value, k) =>
      expect(seen('Dynamic quantile; Berkowitz', value / expected.berkowitz.parameters[k]! - 1)).toBeLessThan(1e-9),
    );
  });

  it('is not below 0, and the same for the mirrored distributions', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }), { minLength: 12, maxLength: 60 }),
        (u) => {
          fc.pre(new Set(u.slice(0, -1)).size > 2);
          const own = berkowitz(Float64Array.from(u));
          expect(own.statistic).toBeGreaterThanOrEqual(0);
          expect(own.pValue >= 0 && own.pValue <= 1).toBe(true);
        },
      ),
    );
    const mirrored = berkowitz(transforms.map((u) => 1 - u));
    expect(mirrored.statistic).toBeCloseTo(berkowitz(transforms).statistic, 8);
  });

  it('refuses a transform of 0 or 1, equal ones, and a few days', () => {
    expect(failureOf(() => berkowitz(transforms.map((u, t) => (t === 3 ? 1 : u)))).reason).toBe('outOfDomain');
    expect(failureOf(() => berkowitz(new Float64Array(50).fill(0.5))).reason).toBe('outOfDomain');
    expect(failureOf(() => berkowitz(transforms.slice(0, 9))).reason).toBe('tooFewObservations');
  });
});

describe('exceedances', () => {
  it('are losses strictly beyond value at risk', () => {
    const { hits, count } = exceedances(
      Float64Array.of(0.02, 0.03, -0.1, 0.031),
      Float64Array.of(0.03, 0.03, 0.03, 0.03),
    );
    expect([...hits]).toEqual([0, 0, 0, 1]);
    expect(count).toBe(1);
  });
});
