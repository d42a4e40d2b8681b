import { migrateService } from '@risk-budget/service-kit';
import { deploy } from '../../src/deployment.js';
import { definitions } from '../../src/definitions.js';
import { layoutOf, serviceNames } from '../../src/layout.js';

/** What a next version might expand a schema by: a column on every table that there is. */
const everyTableWider = `
DO $$
DECLARE wider regclass;
BEGIN
  FOR wider IN SELECT c.oid FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND c.relname <> 'schema_migration'
  LOOP
    EXECUTE format('ALTER TABLE %s ADD COLUMN of_the_next_version text', wider);
  END LOOP;
END $$`;

export const aheadMigration = 'next-0001-every-table-wider';

/** Prepares a data folder on which the schema of every service is one migration ahead of the code. */
export async function prepareAhead(dataDir: string): Promise<void> {
  const deployment = await deploy(layoutOf({ dataDir, portBase: 0 }, dataDir));
  try {
    for (const name of serviceNames) {
      const ahead = { name: aheadMigration, up: everyTableWider };
      const { migrations } = definitions[name];
      const url = deployment.configOf(name).DATABASE_OWNER_URL;
      await migrateService({ name, migrations: [...migrations, ahead] }, url, { timescale: 'off' });
    }
  } finally {
    await deployment.stop();
  }
}
