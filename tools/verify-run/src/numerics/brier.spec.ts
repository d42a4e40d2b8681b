import { brierOf } from './brier.js';

describe('the score of chances', () => {
  it('is the mean squared distance to what came about, told apart by tenths', () => {
    const found = brierOf([
      { probability: 0.1, happened: false },
      { probability: 0.1, happened: true },
      { probability: 1, happened: true },
      { probability: 1, happened: true },
    ]);
    // (0.01 + 0.81 + 0 + 0) / 4; base rate 3/4; half of them in the second tenth: ½ (0.1 − ½)², ½ ((½ − ¾)² + (1 − ¾)²).
    expect(found.score).toBeCloseTo(0.205, 14);
    expect(found.uncertainty).toBeCloseTo(0.1875, 14);
    expect(found.reliability).toBeCloseTo(0.08, 14);
    expect(found.resolution).toBeCloseTo(0.0625, 14);
    expect(found.skill).toBeCloseTo(1 - 0.205 / 0.1875, 14);
    expect(found.table[1]).toEqual({ count: 2, meanForecast: 0.1, observedFrequency: 0.5 });
    expect(found.table[9]).toEqual({ count: 2, meanForecast: 1, observedFrequency: 1 });
    expect(found.table[0]).toEqual({ count: 0, meanForecast: null, observedFrequency: null });
  });
});
