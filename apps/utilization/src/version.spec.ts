import { readFileSync } from 'node:fs';
import { version } from './version.js';

describe('version', () => {
  it('is that of the package, so that lineage names what is deployed', () => {
    const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(version).toBe(manifest.version);
  });
});
