import { ESLint } from 'eslint';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');

/** Messages of the boundary rule alone, for a text that pretends to be a file of a package. */
async function refusals(file: string, source: string): Promise<string[]> {
  const eslint = new ESLint({
    cwd: root,
    ruleFilter: ({ ruleId }) => ruleId === 'no-restricted-imports',
    overrideConfig: { files: ['**/*.ts'], languageOptions: { parserOptions: { projectService: false } } },
  });
  const [result] = await eslint.lintText(source, { filePath: join(root, file) });
  return (result?.messages ?? []).map((message) => message.message);
}

describe('who may import whom', () => {
  it.each([
    ['libs/risk-math/src/x.ts', "import '@risk-budget/contracts';"],
    ['libs/risk-math/src/x.ts', "import 'node:fs';"],
    ['libs/risk-math/src/x.ts', "import '@nestjs/common';"],
    ['libs/contracts/src/x.ts', "import '@risk-budget/persistence';"],
    ['libs/persistence/src/x.ts', "import '@risk-budget/contracts';"],
    ['libs/market-data/src/x.ts', "import '@risk-budget/service-kit';"],
    ['libs/service-kit/src/x.ts', "import '@risk-budget/market-data';"],
    ['apps/limits/src/x.ts', "import '@risk-budget/utilization';"],
    ['apps/limits/src/x.ts', "import '@risk-budget/provision';"],
    ['apps/limits/test/integration/x.spec.ts', "import '@risk-budget/utilization';"],
    ['apps/utilization/src/x.ts', "import '@risk-budget/persistence/dist/migrate.js';"],
    ['apps/utilization/src/x.ts', "import '../../../libs/contracts/src/index.js';"],
    ['tools/verify-run/src/x.ts', "import '@risk-budget/risk-math';"],
    ['tools/verify-run/src/x.ts', "import '@risk-budget/limits';"],
    ['libs/messaging/src/x.ts', "import '@risk-budget/pulsar';"],
    ['libs/messaging/test/integration/x.spec.ts', "import '@risk-budget/market-data';"],
  ])('refuses in %s: %s', async (file, source) => {
    expect(await refusals(file, source)).toHaveLength(1);
  });

  it.each([
    ['libs/market-data/src/x.ts', "import '@risk-budget/risk-math';"],
    ['apps/limits/src/x.ts', "import '@risk-budget/service-kit';"],
    ['apps/limits/test/integration/x.spec.ts', "import '@risk-budget/persistence/testing';"],
    ['apps/standalone/src/x.ts', "import '@risk-budget/limits';"],
    ['apps/provision/src/x.ts', "import '@risk-budget/limits';"],
    ['libs/messaging/test/integration/x.spec.ts', "import '@risk-budget/pulsar/testing';"],
  ])('allows in %s: %s', async (file, source) => {
    expect(await refusals(file, source)).toEqual([]);
  });
});
