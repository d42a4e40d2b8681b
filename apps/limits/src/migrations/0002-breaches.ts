import { insertOnly, type Migration } from '@risk-budget/persistence';

/**
 * Evaluation, breaches and their history. At most one unresolved breach a limit, and no waiver by the person who acknowledged, whatever
 * the code does; the history can only be added to.
 */
export const breachTables: Migration = {
  name: 'limits-0002-breaches',
  up: (context) => [
    `
CREATE TABLE portfolio_evaluation (
  portfolio_id text PRIMARY KEY,
  sequence bigint NOT NULL DEFAULT 0,
  snapshot_id uuid,
  as_of timestamptz,
  state text,
  position_sequence bigint NOT NULL DEFAULT 0,
  model_id uuid,
  gaps integer NOT NULL DEFAULT 0
);

CREATE TABLE breach (
  breach_id uuid PRIMARY KEY,
  ordinal bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  portfolio_id text NOT NULL,
  limit_id text NOT NULL REFERENCES limit_head,
  limit_version integer NOT NULL,
  severity text NOT NULL CHECK (severity IN ('soft', 'hard')),
  direction text NOT NULL CHECK (direction IN ('upper', 'lower')),
  measure text NOT NULL,
  node_id text NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'acknowledged', 'waived', 'remediating', 'resolved')),
  nature text NOT NULL CHECK (nature IN ('active', 'passive')),
  opened_at timestamptz NOT NULL,
  resolved_at timestamptz,
  snapshot_id uuid NOT NULL,
  value double precision NOT NULL,
  bound double precision NOT NULL,
  worst_value double precision NOT NULL,
  escalation_policy_id text NOT NULL,
  escalation_step integer NOT NULL DEFAULT 0,
  ladder integer NOT NULL DEFAULT 1,
  ladder_started_at timestamptz NOT NULL,
  acknowledged_by jsonb,
  acknowledged_at timestamptz,
  waived_by jsonb,
  waiver_expires_at timestamptz,
  remediation_plan text,
  remediation_due_at timestamptz,
  reason text,
  revision integer NOT NULL DEFAULT 1,
  CONSTRAINT breach_waiver_four_eyes CHECK (
    waived_by IS NULL OR (acknowledged_by IS NOT NULL AND (
      (waived_by ->> 'issuer') <> (acknowledged_by ->> 'issuer') OR (waived_by ->> 'subject') <> (acknowledged_by ->> 'subject')))),
  CONSTRAINT breach_waiver_expires CHECK (state <> 'waived' OR (waived_by IS NOT NULL AND waiver_expires_at IS NOT NULL)),
  CONSTRAINT breach_resolved_at CHECK ((state = 'resolved') = (resolved_at IS NOT NULL))
);
CREATE UNIQUE INDEX breach_one_unresolved ON breach (limit_id) WHERE state <> 'resolved';
CREATE INDEX breach_portfolio ON breach (portfolio_id, ordinal);
CREATE INDEX breach_limit ON breach (limit_id, ordinal);

CREATE TABLE breach_transition (
  breach_id uuid NOT NULL REFERENCES breach,
  ordinal integer NOT NULL,
  transition text NOT NULL,
  from_state text,
  to_state text NOT NULL,
  at timestamptz NOT NULL,
  actor jsonb,
  event jsonb NOT NULL,
  PRIMARY KEY (breach_id, ordinal)
);

CREATE TABLE limit_standing (
  limit_id text PRIMARY KEY REFERENCES limit_head,
  portfolio_id text NOT NULL,
  limit_version integer NOT NULL,
  state text NOT NULL CHECK (state IN ('compliant', 'breached', 'incomplete', 'unbudgeted', 'notEvaluated', 'notInForce')),
  value double precision,
  bound double precision,
  headroom double precision,
  since timestamptz NOT NULL,
  at timestamptz NOT NULL,
  snapshot_id uuid
);
CREATE INDEX limit_standing_portfolio ON limit_standing (portfolio_id, limit_id);

CREATE TABLE compliance_change (
  change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  limit_id text NOT NULL REFERENCES limit_head,
  portfolio_id text NOT NULL,
  limit_version integer NOT NULL,
  state text NOT NULL,
  value double precision,
  bound double precision,
  at timestamptz NOT NULL,
  snapshot_id uuid
);
CREATE INDEX compliance_change_limit ON compliance_change (portfolio_id, limit_id, at, change_id);

CREATE TABLE notification (
  notification_id uuid PRIMARY KEY,
  ordinal bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  portfolio_id text NOT NULL,
  breach_id uuid REFERENCES breach,
  at timestamptz NOT NULL,
  channel text NOT NULL CHECK (channel IN ('log', 'webhook')),
  recipient text NOT NULL,
  subject text NOT NULL,
  body text NOT NULL,
  escalation_step integer NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'sent', 'failed')),
  attempts integer NOT NULL DEFAULT 0,
  last_error text,
  next_attempt_at timestamptz,
  leased_until timestamptz,
  lease integer NOT NULL DEFAULT 0
);
CREATE INDEX notification_portfolio ON notification (portfolio_id, ordinal);
CREATE INDEX notification_breach ON notification (breach_id, ordinal);
CREATE INDEX notification_pending ON notification (next_attempt_at) WHERE state = 'pending';
`,
    ...insertOnly(context, 'breach_transition'),
  ],
};
