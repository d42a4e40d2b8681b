import { CodedError } from '@risk-budget/contracts';
import { MAX_ATTEMPTS, MAX_ATTEMPT_MS, pauseAfter, recordFailure } from './failure.js';

describe('a failing message', () => {
  it('gets five tries within 30 s', () => {
    const pauses = [1, 2, 3, 4, 5].map((attempts) => pauseAfter(attempts, 0, new Error('x')));
    expect(pauses.map((pause) => pause === undefined)).toEqual([false, false, false, false, true]);
    expect(pauses.reduce<number>((sum, pause) => sum + (pause ?? 0), 0)).toBeLessThan(MAX_ATTEMPT_MS);
    expect(MAX_ATTEMPTS).toBe(5);
  });

  it('gets no further try that would come after 30 s, or that its error says is no use', () => {
    expect(pauseAfter(2, 29_500, new Error('x'))).toBeUndefined();
    const coded = (retryable: boolean) => new CodedError({ code: 'X.Y', status: 422, detail: 'no', retryable });
    expect(pauseAfter(1, 0, coded(false))).toBeUndefined();
    expect(pauseAfter(1, 0, coded(true))).toBeDefined();
  });

  it('is recorded with its code and text, whatever was thrown', () => {
    expect(recordFailure(new CodedError({ code: 'X.Y', status: 422, detail: 'no' }), 2)).toEqual({
      code: 'X.Y',
      text: 'no',
      attempts: 2,
    });
    expect(recordFailure(Object.assign(new Error('dup'), { code: '23505' }), 1)).toMatchObject({
      code: '23505',
      text: 'dup',
    });
    expect(recordFailure({ status: 'error', message: 'Internal server error' }, 1).text).toBe('Internal server error');
    expect(recordFailure('thrown text', 1)).toMatchObject({ code: undefined, text: 'thrown text' });
  });
});
