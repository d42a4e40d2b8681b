import { rm } from 'node:fs/promises';
import { shortSample } from './short-sample.js';
import { StandaloneProcess } from './standalone-process.js';

describe('npm start -- --once', () => {
  it('ends non-zero and says so on its last lines when the verification of its run fails', async () => {
    const folder = await shortSample();
    const run = await StandaloneProcess.start(['--once', '--sample', folder], { entry: 'npm start' });
    const { code, output } = await run.ended;
    await run.remove();
    await rm(folder, { recursive: true });
    // The run itself went well: what it published is right, and only what a desk would have brought about is missing.
    const failed = [...output.matchAll(/^FAILED (.+): \d+ agree, \d+ do not$/gm)].map(([, name]) => name);
    expect(failed).toEqual(['the cases that the script is made to show']);
    const last = output.trimEnd().split('\n').slice(-4).join('\n');
    expect(last).toMatch(/^The run does not agree with its verification\.$/m);
    expect(code).toBe(1);
  });
});
