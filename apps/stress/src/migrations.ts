import { literal, type Migration } from '@risk-budget/persistence';
import { personKey, thisService } from './person.js';
import { builtInEpisodes } from './scenarios/episodes.js';

/**
 * Tables of this service beside those of the libraries. The rules of the second pair of eyes hold in the database too: nobody approves
 * what they have written, and nothing but what the release brings is in force without an approval.
 */
export const stressMigrations: readonly Migration[] = [
  {
    name: 'stress-0001-library-and-runs',
    up: () => [
      `
      CREATE TABLE scenario_head (
        scenario_id text PRIMARY KEY,
        revision integer NOT NULL DEFAULT 1
      );
      CREATE TABLE scenario_version (
        scenario_id text NOT NULL REFERENCES scenario_head,
        version integer NOT NULL CHECK (version >= 1),
        change text NOT NULL CHECK (change IN ('created', 'revised', 'retired')),
        status text NOT NULL CHECK (status IN ('proposed', 'active', 'superseded', 'retired', 'rejected')),
        kind text NOT NULL CHECK (kind IN ('historical', 'hypothetical', 'modelStress')),
        content jsonb NOT NULL,
        source text NOT NULL CHECK (source IN ('builtIn', 'rest', 'topic')),
        proposed_by jsonb NOT NULL,
        proposed_at timestamptz NOT NULL,
        editors text[] NOT NULL CHECK (cardinality(editors) >= 1),
        approved_by jsonb,
        approved_at timestamptz,
        rejected_by jsonb,
        rejected_at timestamptz,
        rejection_reason text,
        in_force_from timestamptz,
        in_force_to timestamptz,
        PRIMARY KEY (scenario_id, version),
        CONSTRAINT scenario_version_four_eyes CHECK (
          approved_by IS NULL OR NOT ((approved_by ->> 'issuer') || ' ' || (approved_by ->> 'subject') = ANY (editors))),
        CONSTRAINT scenario_version_approved CHECK (
          status <> 'active' OR source = 'builtIn' OR (approved_by IS NOT NULL AND approved_at IS NOT NULL)),
        CONSTRAINT scenario_version_in_force CHECK (status <> 'active' OR in_force_from IS NOT NULL)
      );
      CREATE UNIQUE INDEX scenario_version_one_proposed ON scenario_version (scenario_id) WHERE status = 'proposed';
      CREATE UNIQUE INDEX scenario_version_one_active ON scenario_version (scenario_id) WHERE status = 'active';

      CREATE TABLE stress_run (
        run_id uuid PRIMARY KEY,
        job_id uuid UNIQUE,
        portfolio_id text NOT NULL,
        as_of timestamptz NOT NULL,
        cause text NOT NULL CHECK (cause IN ('schedule', 'request')),
        kind text NOT NULL,
        request jsonb NOT NULL,
        requested_by jsonb,
        summary json,
        nodes json,
        analysis json,
        failure jsonb,
        completed_at timestamptz,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      CREATE UNIQUE INDEX stress_run_scheduled ON stress_run (portfolio_id, as_of) WHERE cause = 'schedule';
      CREATE INDEX stress_run_by_portfolio ON stress_run (portfolio_id, as_of DESC, recorded_at DESC, run_id DESC);`,
      ...builtInEpisodes.flatMap(({ scenarioId, content }) => [
        `INSERT INTO scenario_head (scenario_id) VALUES (${literal(scenarioId)})`,
        `INSERT INTO scenario_version (scenario_id, version, change, status, kind, content, source, proposed_by, proposed_at, editors, in_force_from)
         VALUES (${literal(scenarioId)}, 1, 'created', 'active', ${literal(content.definition.kind)}, ${literal(JSON.stringify(content))},
           'builtIn', ${literal(JSON.stringify(thisService))}, '1990-01-01T00:00:00Z', ARRAY[${literal(personKey(thisService))}],
           '1990-01-01T00:00:00Z')`,
      ]),
    ],
  },
];
