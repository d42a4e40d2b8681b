import { insertOnly, type Migration } from '@risk-budget/persistence';

const tables = `
  CREATE TABLE allocation (
    allocation_id uuid PRIMARY KEY,
    portfolio_id text NOT NULL,
    at timestamptz NOT NULL,
    document jsonb NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
  );
  CREATE INDEX allocation_by_portfolio ON allocation (portfolio_id, at DESC, allocation_id DESC);

  CREATE TABLE policy_version (
    portfolio_id text NOT NULL,
    policy_id text NOT NULL,
    version integer NOT NULL,
    policy jsonb NOT NULL,
    PRIMARY KEY (portfolio_id, policy_id, version)
  );

  CREATE TABLE plan_head (
    portfolio_id text PRIMARY KEY,
    version integer NOT NULL
  );

  -- People are written as the JSON array of issuer and subject.
  CREATE TABLE budget_plan (
    plan_id uuid PRIMARY KEY,
    portfolio_id text NOT NULL,
    version integer NOT NULL,
    status text NOT NULL CHECK (status IN ('draft', 'approved', 'active', 'superseded', 'rejected', 'withdrawn')),
    effective_from timestamptz,
    document jsonb NOT NULL,
    allocation_id uuid REFERENCES allocation,
    proposed_by text NOT NULL,
    editors text[] NOT NULL,
    approved_by text,
    people jsonb NOT NULL,
    awaits_model boolean NOT NULL DEFAULT false,
    drafted_at timestamptz NOT NULL,
    approved_at timestamptz,
    activated_at timestamptz,
    ended_at timestamptz,
    CONSTRAINT proposer_is_editor CHECK (proposed_by = ANY (editors)),
    CONSTRAINT four_eyes CHECK (approved_by IS NULL OR NOT (approved_by = ANY (editors))),
    CONSTRAINT in_force_only_approved CHECK (status NOT IN ('approved', 'active', 'superseded') OR approved_by IS NOT NULL)
  );
  CREATE UNIQUE INDEX budget_plan_one_active ON budget_plan (portfolio_id) WHERE status = 'active';
  CREATE INDEX budget_plan_by_portfolio ON budget_plan (portfolio_id, drafted_at DESC, plan_id DESC);

  CREATE TABLE budget_plan_version (
    plan_id uuid NOT NULL REFERENCES budget_plan,
    version integer NOT NULL,
    portfolio_id text NOT NULL,
    at timestamptz NOT NULL,
    actor jsonb NOT NULL,
    document jsonb NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (plan_id, version),
    UNIQUE (portfolio_id, version)
  );

  CREATE TABLE budget_transfer (
    transfer_id uuid PRIMARY KEY,
    plan_id uuid NOT NULL REFERENCES budget_plan,
    portfolio_id text NOT NULL,
    status text NOT NULL CHECK (status IN ('proposed', 'approved', 'rejected', 'withdrawn')),
    document jsonb NOT NULL,
    proposed_by text NOT NULL,
    approved_by text,
    proposed_at timestamptz NOT NULL,
    CONSTRAINT four_eyes CHECK (approved_by IS NULL OR approved_by <> proposed_by),
    CONSTRAINT approved_by_somebody CHECK (status <> 'approved' OR approved_by IS NOT NULL)
  );
  CREATE INDEX budget_transfer_by_plan ON budget_transfer (plan_id, proposed_at DESC, transfer_id DESC);

  CREATE TABLE rebalancing (
    rebalancing_id uuid PRIMARY KEY,
    portfolio_id text NOT NULL,
    as_of timestamptz NOT NULL,
    document jsonb NOT NULL
  );
  CREATE INDEX rebalancing_by_portfolio ON rebalancing (portfolio_id, as_of DESC, rebalancing_id DESC);

  CREATE TABLE rebalancing_state (
    portfolio_id text PRIMARY KEY,
    plan_id uuid NOT NULL,
    out_of_band text[] NOT NULL
  );`;

const dynamicPolicies = `
  -- People are written as the JSON array of issuer and subject.
  CREATE TABLE dynamic_policy (
    dynamic_policy_id uuid PRIMARY KEY,
    portfolio_id text NOT NULL,
    version integer NOT NULL,
    status text NOT NULL CHECK (status IN ('proposed', 'active', 'superseded', 'rejected', 'withdrawn', 'retired')),
    document jsonb NOT NULL,
    proposed_by text NOT NULL,
    approved_by text,
    UNIQUE (portfolio_id, version),
    CONSTRAINT four_eyes CHECK (approved_by IS NULL OR approved_by <> proposed_by),
    CONSTRAINT in_force_only_approved CHECK (status NOT IN ('active', 'superseded', 'retired') OR approved_by IS NOT NULL)
  );
  CREATE UNIQUE INDEX dynamic_policy_one_active ON dynamic_policy (portfolio_id) WHERE status = 'active';

  CREATE TABLE forecast_reading (
    source text NOT NULL CHECK (source IN ('regime', 'volatility')),
    kind text NOT NULL,
    subject_id text NOT NULL,
    detail integer NOT NULL,
    made_at timestamptz NOT NULL,
    as_of timestamptz NOT NULL,
    "values" double precision[] NOT NULL,
    PRIMARY KEY (source, kind, subject_id, detail, made_at)
  );

  CREATE TABLE budget_adjustment (
    adjustment_id uuid PRIMARY KEY,
    portfolio_id text NOT NULL,
    plan_id uuid NOT NULL REFERENCES budget_plan,
    at timestamptz NOT NULL,
    document jsonb NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
  );
  CREATE INDEX budget_adjustment_by_portfolio ON budget_adjustment (portfolio_id, at DESC, adjustment_id DESC);

  CREATE TABLE limit_rise_approval (
    adjustment_id uuid PRIMARY KEY REFERENCES budget_adjustment,
    document jsonb NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
  );`;

/** Tables of this service beside those of the libraries. */
export const allocationMigrations: readonly Migration[] = [
  {
    name: 'allocation-0001-tables',
    up: (context) => [
      tables,
      ...insertOnly(context, 'allocation', 'policy_version', 'budget_plan_version', 'rebalancing'),
    ],
  },
  {
    name: 'allocation-0002-dynamic-policies',
    up: (context) => [
      dynamicPolicies,
      ...insertOnly(context, 'forecast_reading', 'budget_adjustment', 'limit_rise_approval'),
    ],
  },
];
