// Compiles the kernels of this folder (AssemblyScript, a dialect of TypeScript) to WebAssembly, with and without relaxed
// SIMD, and writes both as base64 into a module of the sources, so that they go wherever the library goes. Skipped when
// nothing has changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = dirname(fileURLToPath(import.meta.url));
const target = join(folder, '..', 'src', 'kernels', 'generated', 'binaries.ts');
const { version } = createRequire(import.meta.url)('assemblyscript/package.json');
const files = readdirSync(folder)
  .filter((name) => /\.(ts|mjs)$/.test(name))
  .sort();
const sources = Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
const hash = createHash('sha256')
  .update(JSON.stringify([version, sources]))
  .digest('hex');

if (!(existsSync(target) && readFileSync(target, 'utf8').includes(hash))) {
  const binaries = { simd: await compiled(['simd']), relaxedSimd: await compiled(['simd', 'relaxed-simd']) };
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(
    target,
    [
      `// Made by kernels/build.mjs with AssemblyScript ${version}: ${hash}`,
      ...Object.entries(binaries).map(([name, bytes]) => `export const ${name} =\n  '${bytes.toString('base64')}';`),
      '',
    ].join('\n'),
  );
}

async function compiled(features) {
  const output = {};
  const { error, stderr } = await asc.main(
    [
      'index.ts',
      '--outFile=kernels.wasm',
      '-O3',
      '--noAssert',
      '--runtime=stub',
      '--use=abort=',
      ...features.map((feature) => `--enable=${feature}`),
    ],
    {
      readFile: (name) => sources[name] ?? null,
      writeFile: (name, contents) => (output[name] = contents),
      listFiles: () => [],
    },
  );
  if (error) {
    console.error(stderr.toString());
    throw error;
  }
  return Buffer.from(output['kernels.wasm']);
}
