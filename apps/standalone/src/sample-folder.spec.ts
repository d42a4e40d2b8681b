import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sampleDataDir } from '@risk-budget/replay';
import { OptionsError } from './options.js';
import { assertSample } from './sample-folder.js';

describe('the folder of another sample', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'risk-budget-sample-'));
    cpSync(sampleDataDir, folder, { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const change = (part: object) => {
    const file = join(folder, 'desk-2020', 'world.json');
    const world = JSON.parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(file, JSON.stringify({ ...world, ...part }));
  };

  it('is good when it is a copy of the project’s own', () => {
    expect(() => assertSample(folder)).not.toThrow();
  });

  it.each<[string, () => void, RegExp]>([
    ['is not there', () => (folder = join(folder, 'nowhere')), /--sample takes .*nowhere.*ENOENT/],
    ['has a field that is wrong', () => change({ shows: ['nothing'] }), /world\.json does not fit.*shows/s],
    ['is no JSON', () => writeFileSync(join(folder, 'desk-2020', 'desk.json'), '['), /desk\.json/],
    ['has no prices of its days', () => change({ firstDay: '2031-01-01', lastDay: '2031-02-01' }), /2031-01-01/],
  ])('is refused by name when it %s', (_, spoil, problem) => {
    const whole = folder;
    spoil();
    expect(() => assertSample(folder)).toThrow(OptionsError);
    expect(() => assertSample(folder)).toThrow(problem);
    folder = whole;
  });
});
