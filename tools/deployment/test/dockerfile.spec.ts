import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceNames } from '@risk-budget/provision';
import { DockerfileParser } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { readText, root } from '../src/index.js';
import { imageContext } from './support/context.js';

const text = readText('docker/Dockerfile');
const dockerfile = DockerfileParser.parse(text);

interface PackageFile {
  name: string;
  dependencies?: Record<string, string>;
}

function packageFile(folder: string): PackageFile {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as PackageFile;
}

describe('docker/Dockerfile', () => {
  it('is found without fault by the linter, which finds faults', () => {
    expect(validate(text).map(({ message, range }) => `${range.start.line + 1}: ${message}`)).toEqual([]);
    expect(validate('FROM node\nWORKDIR service\nEXPOSE http\nCOPPY . .\n').length).toBeGreaterThan(1);
  });

  it('builds in one stage and runs in another, on the same pinned Node, as a user that is not root', () => {
    const stages = dockerfile.getFROMs();
    expect(stages.map((from) => from.getBuildStage())).toEqual(['build', null]);
    expect(new Set(stages.map((from) => from.getImage()))).toEqual(new Set(['node:${NODE_VERSION}-trixie-slim']));
    const last = lastStage();
    expect(last.filter(({ keyword }) => keyword === 'USER').map(({ argument }) => argument)).toEqual(['1000']);
    expect(last.some(({ keyword }) => keyword === 'HEALTHCHECK')).toBe(true);
    // Nothing is installed or compiled in what is shipped: it only takes over from the build.
    expect(last.some(({ keyword }) => keyword === 'RUN' || keyword === 'ADD')).toBe(false);
    for (const copy of dockerfile.getCOPYs().slice(-3)) expect(copy.getFromFlag()?.getValue()).toBe('build');
  });

  it('takes the driver by an argument, and fails where the native one was chosen and is missing', () => {
    expect(dockerfile.getInstructions().map((one) => `${one.getKeyword()} ${one.getArgumentsContent() ?? ''}`)).toEqual(
      expect.arrayContaining([
        'ARG DRIVER=websocket',
        expect.stringMatching(/^RUN test "\$\{DRIVER\}" = websocket \|\| node .*import\('pulsar-client'\)/),
      ]),
    );
  });

  it.each([...serviceNames, 'provision'])('finds in its context all that %s is made of', (name) => {
    const context = new Set(imageContext());
    expect(packageFile(`apps/${name}`).name).toBe(`@risk-budget/${name}`);
    for (const file of ['package.json', 'tsconfig.lib.json', 'src/main.ts'])
      expect(context).toContain(`apps/${name}/${file}`);
    for (const folder of dependenciesOf(`apps/${name}`)) expect(context).toContain(`${folder}/package.json`);
  });
});

function lastStage(): { keyword: string; argument: string }[] {
  const all = dockerfile
    .getInstructions()
    .map((one) => ({ keyword: one.getKeyword(), argument: one.getArgumentsContent() ?? '' }));
  return all.slice(all.map(({ keyword }) => keyword).lastIndexOf('FROM') + 1);
}

/** Folders of the packages of ours that a package needs at run time, directly or not. */
function dependenciesOf(folder: string, seen = new Set<string>()): Set<string> {
  for (const name of Object.keys(packageFile(folder).dependencies ?? {})) {
    const [, own] = /^@risk-budget\/(.+)$/.exec(name) ?? [];
    if (own === undefined) continue;
    const next = [`libs/${own}`, `apps/${own}`].find((candidate) => imageHas(candidate)) ?? `tools/${own}`;
    if (seen.has(next)) continue;
    seen.add(next);
    dependenciesOf(next, seen);
  }
  return seen;
}

function imageHas(folder: string): boolean {
  try {
    packageFile(folder);
    return true;
  } catch {
    return false;
  }
}
