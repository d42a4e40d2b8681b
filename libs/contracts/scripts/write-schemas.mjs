// Writes the committed JSON Schemas and the AsyncAPI document from the build. Refuses a change that breaks a client of the committed version
// unless told `--accept-breaking` (which is for a `.v2` beside a `.v1`, never for a quiet edit).
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asyncApiDocument, compatibilityProblems, dataSchemaOf, eventCatalogue } from '@risk-budget/contracts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'schemas');
const { version } = JSON.parse(readFileSync(join(folder, '..', 'package.json'), 'utf8'));
mkdirSync(folder, { recursive: true });

let broken = 0;
for (const definition of eventCatalogue) {
  const file = join(folder, `${definition.type}.json`);
  const current = dataSchemaOf(definition);
  const problems = existsSync(file) ? compatibilityProblems(JSON.parse(readFileSync(file, 'utf8')), current) : [];
  for (const problem of problems) console.error(`${definition.type}: ${problem}`);
  broken += problems.length;
  if (problems.length === 0 || process.argv.includes('--accept-breaking')) {
    writeFileSync(file, `${JSON.stringify(current, null, 2)}\n`);
  }
}
writeFileSync(join(folder, 'asyncapi.json'), `${JSON.stringify(asyncApiDocument(version), null, 2)}\n`);
console.log(`${eventCatalogue.length} event schemas, ${broken} breaking changes`);
if (broken > 0 && !process.argv.includes('--accept-breaking')) process.exitCode = 1;
