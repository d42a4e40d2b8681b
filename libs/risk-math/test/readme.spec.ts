import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));

describe('the example of the README', () => {
  it('runs on the built package and says what stands below it', () => {
    if (!existsSync(pathOf('../dist/index.js'))) execFileSync('npx', ['tsc', '-b', pathOf('../tsconfig.lib.json')]);
    const text = readFileSync(pathOf('../README.md'), 'utf8');
    const [, program = '', said = 'no example'] = /^```js\n(.*?)^```$.*?^```\n(.*?)^```$/ms.exec(text) ?? [];
    const options = { cwd: pathOf('..'), encoding: 'utf8' } as const;
    expect(execFileSync(process.execPath, ['--input-type=module', '-e', program], options)).toBe(said);
  });
});
