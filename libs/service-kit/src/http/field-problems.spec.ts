import { z } from 'zod';
import { fieldProblems } from './field-problems.js';

const schema = z.strictObject({
  positions: z.array(z.object({ quantity: z.number().max(10) })).min(1),
  side: z.enum(['buy', 'sell']),
});

describe('field problems', () => {
  it('name each field by its path, with what is allowed', () => {
    const result = schema.safeParse({ positions: [{ quantity: 11 }], side: 'hold', extra: 1 });
    const problems = fieldProblems(result.error?.issues ?? [], '', 'body');
    expect(problems).toEqual([
      { field: 'positions[0].quantity', problem: expect.any(String), allowed: 'at most 10' },
      { field: 'side', problem: expect.any(String), allowed: 'buy, sell' },
      { field: 'extra', problem: 'is unknown' },
    ]);
  });

  it('name the whole when there is no path, and stop at fifty', () => {
    const whole = schema.safeParse(undefined);
    expect(fieldProblems(whole.error?.issues ?? [], '', 'body')[0]?.field).toBe('body');
    const many = z.array(z.number()).safeParse(Array.from({ length: 500 }, () => 'x'));
    expect(fieldProblems(many.error?.issues ?? [], '', 'body')).toHaveLength(50);
  });
});
