import type { ClockReached } from '@risk-budget/contracts';
import type { Progress } from '@risk-budget/messaging';
import type { Logger } from '../logging/logger.js';
import { ClockReporter } from './clock-reporter.js';

const progressOf = (n: number): Progress => ({ published: { prices: n }, settled: {} });

/** A reporter of a service that has published `stored`, with the answers that it gives, each awaited. */
function reporting() {
  let grown = (): void => undefined;
  let answered: (data: ClockReached) => void = () => undefined;
  const service = { stored: 1, reads: 0 };
  const reporter = new ClockReporter({
    service: 'sample',
    instance: 'sample-1',
    progress: {
      busy: false,
      onGrowth: (listener) => {
        grown = listener;
        return () => undefined;
      },
      read: () => {
        service.reads++;
        return Promise.resolve(progressOf(service.stored));
      },
    },
    publish: (data) => Promise.resolve(answered(data)),
    position: () => ({ sequence: 1, time: '2020-01-02T08:00:00.000Z' }),
    underWay: () => false,
    logger: {} as Logger,
  });
  const answer = (): Promise<number | undefined> =>
    new Promise((resolve) => (answered = ({ published }) => resolve(published['prices'])));
  const grow = (): void => {
    service.stored++;
    grown();
  };
  return { reporter, service, answer, grow };
}

describe('the answer to the clock', () => {
  it('tells the numbers that were read when the clock passed, once and without reading them again', async () => {
    const { reporter, service, answer } = reporting();
    reporter.start();
    reporter.know(progressOf(1), reporter.growths);
    const given = answer();
    reporter.arrived();
    expect([await given, service.reads]).toEqual([1, 0]);
    // Grown by another instance, of which nobody tells this one.
    service.stored++;
    const again = answer();
    reporter.arrived();
    expect([await again, service.reads]).toEqual([2, 1]);
    await reporter.stop();
  });

  it('reads them where they have grown since, or where nobody counted yet whether they grew', async () => {
    const { reporter, service, answer, grow } = reporting();
    const uncounted = reporter.growths;
    service.stored++;
    reporter.start();
    reporter.know(progressOf(1), uncounted);
    const first = answer();
    reporter.arrived();
    expect(await first).toBe(2);
    reporter.know(progressOf(2), reporter.growths);
    grow();
    const second = answer();
    reporter.arrived();
    expect(await second).toBe(3);
    await reporter.stop();
  });
});
