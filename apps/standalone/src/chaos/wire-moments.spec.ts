import { acknowledges, publishes } from './wire-moments.js';

/** As the database's protocol carries it: the name of the statement ends with a zero, texts of an array are quoted. */
const bound = (statement: string, payload: string): Buffer =>
  Buffer.from(`B\0\0\x01\0\0${statement}\0\0\0{"${JSON.stringify(payload).slice(1, -1)}"}`);

describe('what a service is about to do, read from the wire', () => {
  const event = (type: string): string => JSON.stringify({ sequence: 1, specversion: '1.0', type, data: {} });

  it('is told for an event that goes to the log, not for an answer to the clock or for other statements', () => {
    expect(publishes(bound('publish', event('limits.breach.v1')))).toBe(true);
    expect(publishes(bound('publish', event('platform.clock-reached.v1')))).toBe(false);
    expect(publishes(bound('read', event('limits.breach.v1')))).toBe(false);
  });

  it('is told for cursors that go to the log', () => {
    expect(acknowledges(bound('store', '1'))).toBe(true);
    expect(acknowledges(bound('publish', '1'))).toBe(false);
  });
});
