import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ignore from 'ignore';

const root = join(import.meta.dirname, '..', '..', '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 1 << 26,
})
  .split('\n')
  .filter((file) => file !== '');

describe('the image context', () => {
  const left = ignore().add(read('.dockerignore'));
  const context = tracked.filter((file) => !left.ignores(file));

  it('holds no sample data and nothing of the tools', () => {
    expect(context.filter((file) => /\.(csv|gz|parquet)$|^tools\/|instruments\.json$/.test(file))).toEqual([]);
  });

  it('holds what a service is built from', () => {
    for (const file of ['package-lock.json', 'libs/contracts/src/index.ts', 'apps/limits/src/main.ts'])
      expect(context).toContain(file);
  });

  it('is the only context: no other Dockerfile and no copy of the data elsewhere', () => {
    expect(tracked.filter((file) => /(^|\/)Dockerfile/.test(file))).toEqual(['docker/Dockerfile']);
    expect(
      tracked.filter((file) => /\.csv\.gz$/.test(file)).every((file) => file.startsWith('tools/replay/data/')),
    ).toBe(true);
  });
});

describe('the repository', () => {
  it('records no download address in the lock file', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved": "https?:/);
  });

  it('holds no test that hides the others', () => {
    const hiding = new RegExp(
      String.raw`\b(it|test|describe)\.(on` + String.raw`ly|sk` + String.raw`ip|to` + String.raw`do)\(`,
    );
    expect(tracked.filter((file) => file.endsWith('.spec.ts') && hiding.test(read(file)))).toEqual([]);
  });

  it('has a CONTRIBUTING of at most 150 lines', () => {
    expect(read('CONTRIBUTING.md').split('\n').length).toBeLessThanOrEqual(150);
  });
});
