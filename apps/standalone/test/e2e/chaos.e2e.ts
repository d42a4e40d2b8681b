import { StandaloneProcess } from './standalone-process.js';

/** Any would do; with this one limits of both funds are breached. */
const seed = 1;

describe('a history that nobody has written, while everything fails', () => {
  it('loses nothing and does nothing twice: every figure, breach, order and audit entry is as recomputed from the input', async () => {
    const drill = await StandaloneProcess.start(['--drill', '--seed', String(seed), '--days', '8'], { entry: 'chaos' });
    const { code, output } = await drill.ended;
    await drill.remove();
    expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
    expect(output).toMatch(/^Nothing lost, nothing twice: every run is verified\.$/m);
    // It was no quiet run: everything has failed, and limits were breached meanwhile.
    for (const failure of [
      'SIGKILL the database',
      'and its publication',
      'and its acknowledgement',
      'cut',
      'is slow to',
    ]) {
      expect(output).toContain(failure);
    }
    expect(Number(/(\d+) steps in the lives of breaches/.exec(output)?.[1])).toBeGreaterThan(10);
  });
});
