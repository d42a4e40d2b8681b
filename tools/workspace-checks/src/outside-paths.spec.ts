import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathsOutside } from './outside-paths.js';

const root = join(import.meta.dirname, '..', '..', '..');
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 1 << 26,
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)));

/** What the operating system keeps there is the same everywhere; everything else in the root folder is somebody's own. */
const ofTheSystem = new Set([
  'proc',
  'sys',
  'dev',
  'bin',
  'sbin',
  'usr',
  'lib',
  'lib64',
  'etc',
  'tmp',
  'run',
  'var',
  'root',
]);
const folders = new Set([...readdirSync('/'), 'home', 'Users'].filter((name) => !ofTheSystem.has(name)));

/** Written so that this file passes its own test. */
const somebody = ['', 'home', 'somebody'].join('/');

describe('no path that a program writes down', () => {
  it('leads out of the clone', () => {
    const leading = tracked
      .filter((file) => /\.(ts|mts|cts|js|mjs|cjs)$/.test(file))
      .flatMap((file) => {
        const text = readFileSync(join(root, file), 'utf8');
        return pathsOutside(root, join(root, file), text, folders).map((path) => `${file}: ${path}`);
      });
    expect(leading).toEqual([]);
  });

  it('is hidden in a link, or in the settings of a package or the compiler', () => {
    const links = tracked.filter((file) => lstatSync(join(root, file)).isSymbolicLink());
    expect(links.filter((link) => relative(root, realpathSync(join(root, link))).startsWith('..'))).toEqual([]);
    const settings = tracked.filter((file) => /(^|\/)(package|tsconfig[\w.]*|nx|project)\.json$/.test(file));
    const outside = settings.flatMap((file) => {
      const paths = readFileSync(join(root, file), 'utf8').matchAll(/"((?:file:)?(?:\.\.\/)+[^"]*)"/g);
      return [...paths]
        .map(([, path = '']) => join(root, file, '..', path.replace('file:', '')))
        .filter((path) => relative(root, path).startsWith('..'));
    });
    expect(outside).toEqual([]);
  });

  it.each([
    [`import { x } from '../../../elsewhere/x.js';`, '../../../elsewhere/x.js'],
    [`new URL('../../../data', import.meta.url)`, '../../../data'],
    [`join(import.meta.dirname, '..', '..', '..', name)`, `join(import.meta.dirname, '..', '..', '..', name)`],
    [`readFile('${somebody}/prices.csv')`, `${somebody}/prices.csv`],
  ])('as in %s goes unseen', (text, path) => {
    expect(pathsOutside('/clone', '/clone/tools/x/program.ts', text, new Set(['home']))).toContain(path);
    const inside = text
      .replaceAll('../../../', '../')
      .replace(`'..', '..', '..'`, `'..', '..'`)
      .replace(somebody, '/v1');
    expect(pathsOutside('/clone', '/clone/tools/x/program.ts', inside, new Set(['home']))).toEqual([]);
  });
});
