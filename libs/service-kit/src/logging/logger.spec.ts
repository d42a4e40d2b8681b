import { runInContext } from '../context/request-context.js';
import { Logger } from './logger.js';

describe('logger', () => {
  const lines: string[] = [];
  const logger = Logger.create({
    level: 'info',
    service: 'limits',
    instance: 'limits-1',
    destination: { write: (line: string) => void lines.push(line) },
  });
  const last = (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown>;

  it('writes JSON with the service, the correlation and the trace of the work', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    runInContext({ correlationId: 'c-1', traceparent }, () =>
      logger.child({ portfolioId: 'P1' }).info('breach opened', { limitId: 'L1' }),
    );
    expect(last()).toMatchObject({
      level: 'info',
      service: 'limits',
      instance: 'limits-1',
      message: 'breach opened',
      portfolioId: 'P1',
      limitId: 'L1',
      correlationId: 'c-1',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  it('keeps secrets out', () => {
    logger.info('request', { token: 'eyJ', headers: { authorization: 'Bearer eyJ' } });
    expect(lines.at(-1)).not.toContain('eyJ');
  });

  it('writes errors with their causes, and nothing below its level', () => {
    const before = lines.length;
    logger.debug('quiet');
    expect(lines).toHaveLength(before);
    logger.error('failed', { error: new Error('outer', { cause: new Error('inner') }) });
    expect(lines.at(-1)).toContain('inner');
  });
});
