import { figure, figureAndBound } from './format.js';

describe('figures of a summary', () => {
  it('stand in the unit of their measure', () => {
    expect(figure('volatility', 0.15994)).toBe('15.99 %');
    expect(figure('daysToLiquidate', 2.3899)).toBe('2.39');
  });

  it('have as many digits as tell a breach from its bound', () => {
    expect(figureAndBound('volatility', 0.1599, 0.15)).toEqual(['15.99 %', '15.00 %']);
    expect(figureAndBound('es', 0.025004, 0.025)).toEqual(['2.5004 %', '2.5000 %']);
    expect(figureAndBound('volatility', 0.0506691, 0.0506666)).toEqual(['5.0669 %', '5.0667 %']);
    expect(figureAndBound('es', 0.025, 0.025)).toEqual(['2.50 %', '2.50 %']);
  });
});
