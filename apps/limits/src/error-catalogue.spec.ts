import type { CodedError } from '@risk-budget/contracts';
import { limitsErrors } from './error-catalogue.js';
import * as errors from './errors.js';

describe('error catalogue', () => {
  const makers = Object.entries(errors) as [string, (...args: unknown[]) => CodedError][];

  it.each(makers)('%s has the status that its code is documented with', (_, make) => {
    const error = make('a', 'b', 'c', ['d']);
    expect(limitsErrors).toHaveProperty([error.code], expect.objectContaining({ status: error.status }));
  });

  it('documents no code that nothing is refused with', () => {
    const used = new Set(makers.map(([, make]) => make('a', 'b', 'c', ['d']).code));
    expect(Object.keys(limitsErrors).filter((code) => !used.has(code))).toEqual([]);
  });
});
