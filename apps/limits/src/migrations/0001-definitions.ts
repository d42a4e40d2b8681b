import { literal, type Migration } from '@risk-budget/persistence';
import { defaultEscalationPolicy } from '../escalation/escalation-policy.types.js';
import { thisService } from '../person.js';

/**
 * Limits and their versions. Three rules hold in the database too, whatever the code does: nobody approves what they have proposed or
 * edited, nothing is in force without an approval, and limits in force that ask the same question never overlap.
 */
export const definitionTables: Migration = {
  name: 'limits-0001-definitions',
  up: () => [
    `
CREATE TABLE limit_head (
  limit_id text PRIMARY KEY,
  portfolio_id text NOT NULL,
  revision integer NOT NULL DEFAULT 1,
  published text,
  created_at timestamptz NOT NULL
);
CREATE INDEX limit_head_portfolio ON limit_head (portfolio_id, limit_id);

CREATE TABLE limit_version (
  limit_id text NOT NULL REFERENCES limit_head,
  version integer NOT NULL CHECK (version >= 1),
  portfolio_id text NOT NULL,
  change text NOT NULL CHECK (change IN ('created', 'revised', 'retired')),
  status text NOT NULL CHECK (status IN ('proposed', 'active', 'superseded', 'retired', 'rejected')),
  name text NOT NULL,
  measure text NOT NULL,
  budget_measure text,
  scope jsonb NOT NULL,
  node_id text NOT NULL,
  direction text NOT NULL CHECK (direction IN ('upper', 'lower')),
  bound_kind text NOT NULL CHECK (bound_kind IN ('absolute', 'shareOfBudget')),
  bound numeric NOT NULL,
  severity text NOT NULL CHECK (severity IN ('soft', 'hard')),
  hysteresis double precision NOT NULL,
  effective_from timestamptz NOT NULL,
  effective_to timestamptz,
  in_force_to timestamptz,
  escalation_policy_id text,
  reason text,
  source text NOT NULL CHECK (source IN ('rest', 'topic', 'file')),
  overlap_key text NOT NULL,
  proposed_by jsonb NOT NULL,
  proposed_at timestamptz NOT NULL,
  editors text[] NOT NULL CHECK (cardinality(editors) >= 1),
  approved_by jsonb,
  approved_at timestamptz,
  rejected_by jsonb,
  rejected_at timestamptz,
  rejection_reason text,
  PRIMARY KEY (limit_id, version),
  CONSTRAINT limit_version_interval CHECK (effective_to IS NULL OR effective_to > effective_from),
  CONSTRAINT limit_version_four_eyes CHECK (
    approved_by IS NULL OR NOT ((approved_by ->> 'issuer') || ' ' || (approved_by ->> 'subject') = ANY (editors))),
  CONSTRAINT limit_version_approved CHECK (
    status <> 'active' OR (approved_by IS NOT NULL AND approved_at IS NOT NULL)),
  CONSTRAINT limit_version_no_overlap EXCLUDE USING gist (
    int8range(hashtextextended(overlap_key, 0), hashtextextended(overlap_key, 0), '[]') WITH &&,
    tstzrange(effective_from, in_force_to) WITH &&) WHERE (status = 'active')
);
CREATE UNIQUE INDEX limit_version_one_proposed ON limit_version (limit_id) WHERE status = 'proposed';
CREATE INDEX limit_version_active ON limit_version (portfolio_id) WHERE status = 'active';
CREATE INDEX limit_version_overlap ON limit_version (overlap_key) WHERE status IN ('proposed', 'active');

CREATE TABLE limit_override (
  override_id uuid PRIMARY KEY,
  limit_id text NOT NULL REFERENCES limit_head,
  portfolio_id text NOT NULL,
  status text NOT NULL CHECK (status IN ('proposed', 'approved', 'rejected')),
  bound_kind text NOT NULL CHECK (bound_kind IN ('absolute', 'shareOfBudget')),
  bound numeric NOT NULL,
  effective_from timestamptz NOT NULL,
  effective_to timestamptz NOT NULL,
  reason text NOT NULL,
  proposed_by jsonb NOT NULL,
  proposed_at timestamptz NOT NULL,
  approved_by jsonb,
  approved_at timestamptz,
  rejected_by jsonb,
  rejected_at timestamptz,
  rejection_reason text,
  CONSTRAINT limit_override_interval CHECK (effective_to > effective_from),
  CONSTRAINT limit_override_approved CHECK (status <> 'approved' OR approved_by IS NOT NULL),
  CONSTRAINT limit_override_four_eyes CHECK (
    approved_by IS NULL
    OR (approved_by ->> 'issuer') <> (proposed_by ->> 'issuer')
    OR (approved_by ->> 'subject') <> (proposed_by ->> 'subject'))
);
CREATE INDEX limit_override_limit ON limit_override (limit_id, effective_from);

CREATE TABLE escalation_policy (
  policy_id text PRIMARY KEY,
  name text NOT NULL,
  on_open jsonb NOT NULL,
  steps jsonb NOT NULL,
  created_by jsonb NOT NULL,
  created_at timestamptz NOT NULL
);
`,
    `INSERT INTO escalation_policy (policy_id, name, on_open, steps, created_by, created_at) VALUES (
       ${literal(defaultEscalationPolicy.policyId)}, ${literal(defaultEscalationPolicy.name)},
       ${literal(JSON.stringify(defaultEscalationPolicy.onOpen))}, ${literal(JSON.stringify(defaultEscalationPolicy.steps))},
       ${literal(JSON.stringify(thisService))}, '1990-01-01T00:00:00Z')`,
  ],
};
