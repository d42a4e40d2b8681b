import type { Migration } from '@risk-budget/persistence';

/**
 * What a limit is held against at its approval (the latest figures of each portfolio), why a portfolio is not evaluated, and who has
 * planned the remediation of a breach: nobody of them waives it, whatever the code does.
 */
export const latestFigureTables: Migration = {
  name: 'limits-0004-latest-figures',
  up: () => [
    `
CREATE TABLE latest_figures (
  portfolio_id text PRIMARY KEY,
  last_full text,
  since_then text NOT NULL
);
-- Written at every batch and read at an approval: compression would cost more than it saves.
ALTER TABLE latest_figures ALTER COLUMN last_full SET STORAGE EXTERNAL, ALTER COLUMN since_then SET STORAGE EXTERNAL;

ALTER TABLE portfolio_evaluation ADD COLUMN not_evaluated jsonb;

ALTER TABLE breach ADD COLUMN remediation_authors text[] NOT NULL DEFAULT '{}';
ALTER TABLE breach ADD CONSTRAINT breach_waiver_no_remediation_author CHECK (
  waived_by IS NULL OR NOT ((waived_by ->> 'issuer') || ' ' || (waived_by ->> 'subject') = ANY (remediation_authors)));
`,
  ],
};
