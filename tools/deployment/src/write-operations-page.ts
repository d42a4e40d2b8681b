// `npm run docs:operations`: writes the tables of variables and metrics into docs/operations.md.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { metricsInCode } from './metrics.js';
import { operationsPage, withTables } from './operations-page.js';
import { readText, root } from './repository.js';
import { variables } from './variables.js';

const page = readText(operationsPage);
const written = await withTables(page, variables(), await metricsInCode());
writeFileSync(join(root, operationsPage), written);
process.stdout.write(`${operationsPage}: ${written === page ? 'was up to date' : 'written'}\n`);
