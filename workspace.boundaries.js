/**
 * Who may import whom: the one table behind the lint rule and its test. A package may import itself by relative paths,
 * the packages listed here by name, and nothing else of ours.
 */
export const mayImport = {
  'libs/contracts': [],
  'libs/risk-math': [],
  'libs/persistence': [],
  'libs/compute': ['risk-math'],
  'libs/messaging': ['persistence', 'contracts'],
  'libs/market-data': ['persistence', 'messaging', 'contracts', 'risk-math'],
  'libs/service-kit': ['persistence', 'messaging', 'contracts'],
  'libs/market-data-http': ['service-kit', 'market-data', 'messaging', 'persistence', 'contracts'],
  'apps/forecasting': [
    'service-kit',
    'market-data',
    'market-data-http',
    'messaging',
    'persistence',
    'compute',
    'contracts',
    'risk-math',
  ],
  'apps/allocation': [
    'service-kit',
    'market-data',
    'market-data-http',
    'messaging',
    'persistence',
    'compute',
    'contracts',
    'risk-math',
  ],
  'apps/utilization': [
    'service-kit',
    'market-data',
    'market-data-http',
    'messaging',
    'persistence',
    'compute',
    'contracts',
    'risk-math',
  ],
  'apps/limits': [
    'service-kit',
    'market-data',
    'market-data-http',
    'messaging',
    'persistence',
    'compute',
    'contracts',
    'risk-math',
  ],
  'apps/stress': [
    'service-kit',
    'market-data',
    'market-data-http',
    'messaging',
    'persistence',
    'compute',
    'contracts',
    'risk-math',
  ],
  'apps/attribution': [
    'service-kit',
    'market-data',
    'market-data-http',
    'messaging',
    'persistence',
    'compute',
    'contracts',
    'risk-math',
  ],
  'apps/provision': [
    'forecasting',
    'allocation',
    'utilization',
    'limits',
    'stress',
    'attribution',
    'service-kit',
    'messaging',
    'persistence',
  ],
  'apps/standalone': [
    'forecasting',
    'allocation',
    'utilization',
    'limits',
    'stress',
    'attribution',
    'service-kit',
    'messaging',
    'persistence',
    'contracts',
    'chaos',
    'pulsar',
    'replay',
    'verify-run',
  ],
  'tools/chaos': [],
  'tools/pulsar': [],
  'tools/replay': ['contracts', 'messaging', 'persistence'],
  'tools/bench': ['compute', 'risk-math', 'contracts', 'messaging', 'persistence', 'service-kit'],
  'tools/deployment': ['provision', 'service-kit', 'messaging', 'persistence'],
  'tools/verify-run': ['contracts', 'messaging', 'persistence'],
};

/** What tests of a package may import beside that: the real broker. */
export const testsMayImport = { 'libs/messaging': ['pulsar', 'chaos'] };

/** Packages that use no framework and no Node built-in. */
export const pure = ['libs/risk-math', 'libs/contracts'];

const scope = '@risk-budget/';
const frameworks = ['@nestjs/*', 'typeorm', 'pg', 'rxjs', 'reflect-metadata'];

/** ESLint configuration blocks: everything of ours that is not in the table is refused, in specs as well. */
export function boundaryRules() {
  const names = Object.keys(mayImport).map((folder) => folder.split('/')[1]);
  return Object.entries(mayImport).flatMap(([folder, allowed]) => {
    const own = folder.split('/')[1];
    const refusedBut = (permitted) => ({
      group: names
        .filter((name) => !permitted.includes(name) && name !== own)
        .flatMap((name) => [`${scope}${name}`, `${scope}${name}/*`]),
      message: `${folder} may import only: ${permitted.join(', ') || 'nothing of ours'} (see workspace.boundaries.js).`,
    });
    const general = [
      {
        regex: '^@risk-budget/[a-z-]+/(?!(testing|embedded)$)',
        message: 'Import a package from its root: its index is its public surface.',
      },
      { regex: '^(\\.\\./)+(libs|apps|tools)/', message: 'Import other packages by name, never by a path.' },
    ];
    const patterns = [refusedBut(allowed), ...general];
    const inTests = testsMayImport[folder];
    const purity = { group: [...frameworks, 'node:*'], message: `${folder} uses no framework and no Node built-in.` };
    const isPure = pure.includes(folder);
    return [
      block(folder, ['**/*.ts'], isPure ? [...patterns, purity] : patterns),
      ...(isPure
        ? [block(`${folder} tests`, ['**/*.spec.ts', 'test/**/*.ts', '**/*.bench.ts'], patterns, folder)]
        : []),
      ...(inTests === undefined
        ? []
        : [block(`${folder} tests`, ['test/**/*.ts'], [refusedBut([...allowed, ...inTests]), ...general], folder)]),
    ];
  });
}

function block(name, files, patterns, folder = name) {
  return {
    name: `boundaries/${name}`,
    files: files.map((glob) => `${folder}/${glob}`),
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  };
}
