import { StandaloneProcess } from './standalone-process.js';

/** The summary without what wall time and chance put in: its last section holds ids and figures of speed. */
function comparable(output: string): string {
  const start = output.indexOf('RISK BUDGET RUN');
  const end = output.indexOf('Ids and wall times');
  if (start < 0 || end < start) throw new Error(`no summary in:\n${output}`);
  return output.slice(start, end);
}

describe('npm start -- --once', () => {
  it('runs the sample, verifies it, ends with 0, and gives the same summary twice', async () => {
    const first = await StandaloneProcess.start(['--once']);
    const one = await first.ended;
    await first.remove();
    expect({ code: one.code, tail: one.code === 0 ? '' : one.output.slice(-6000) }).toEqual({ code: 0, tail: '' });
    const second = await StandaloneProcess.start(['--once']);
    const two = await second.ended;
    await second.remove();
    expect(two.code).toBe(0);
    expect(comparable(two.output)).toBe(comparable(one.output));
  });
});
