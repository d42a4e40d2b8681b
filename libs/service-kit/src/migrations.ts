import { insertOnly, type Migration } from '@risk-budget/persistence';

const tables = `
CREATE TABLE business_clock (
  singleton boolean PRIMARY KEY DEFAULT TRUE CHECK (singleton),
  sequence bigint NOT NULL,
  time timestamptz NOT NULL
);

CREATE TABLE timer (
  id uuid PRIMARY KEY,
  kind text NOT NULL,
  key text NOT NULL,
  due_at timestamptz NOT NULL,
  payload jsonb NOT NULL,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'failing', 'fired', 'cancelled')),
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz,
  last_error text,
  fired_at timestamptz,
  finished_at timestamptz,
  correlation_id text NOT NULL,
  traceparent text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX timer_open ON timer (kind, key) WHERE state IN ('pending', 'failing');
CREATE INDEX timer_due ON timer (due_at, kind, key) WHERE state IN ('pending', 'failing');
CREATE INDEX timer_finished ON timer (finished_at) WHERE state IN ('fired', 'cancelled');

CREATE TABLE job (
  id uuid PRIMARY KEY,
  kind text NOT NULL,
  state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  portfolio_id text,
  owner jsonb NOT NULL,
  input jsonb NOT NULL,
  input_hash text NOT NULL,
  seed bigint NOT NULL,
  progress double precision NOT NULL DEFAULT 0,
  progress_message text,
  attempts integer NOT NULL DEFAULT 0,
  not_before timestamptz NOT NULL DEFAULT '-infinity',
  lease_owner text,
  lease_epoch bigint NOT NULL DEFAULT 0,
  lease_until timestamptz,
  cancel_requested boolean NOT NULL DEFAULT FALSE,
  result jsonb,
  error jsonb,
  correlation_id text NOT NULL,
  traceparent text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at timestamptz,
  finished_at timestamptz
);
CREATE INDEX job_open ON job (created_at) WHERE state IN ('queued', 'running');
CREATE INDEX job_newest ON job (created_at DESC, id DESC);

CREATE TABLE idempotency_key (
  issuer text NOT NULL,
  subject text NOT NULL,
  route text NOT NULL,
  key text NOT NULL,
  body_hash text NOT NULL,
  attempt uuid NOT NULL,
  locked_until timestamptz NOT NULL,
  committed boolean NOT NULL DEFAULT FALSE,
  status integer,
  headers jsonb,
  body text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (issuer, subject, route, key)
);
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);

CREATE TABLE audit_head (
  chain text PRIMARY KEY,
  length bigint NOT NULL,
  hash text NOT NULL
);

CREATE TABLE audit_entry (
  chain text NOT NULL,
  position bigint NOT NULL,
  previous text NOT NULL,
  hash text NOT NULL,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  actor jsonb NOT NULL,
  action text NOT NULL,
  subject text NOT NULL,
  data jsonb NOT NULL,
  PRIMARY KEY (chain, position),
  UNIQUE (chain, previous)
);

CREATE TABLE audit_anchor (
  chain text NOT NULL,
  day date NOT NULL,
  length bigint NOT NULL,
  hash text NOT NULL,
  PRIMARY KEY (chain, day)
);
`;

const timerTake = `
-- The beginning of every firing in one round trip: under the lock that keeps the order among instances, ends the earliest
-- due timer and says what remains. Always one row; its id is null when nothing can fire.
CREATE FUNCTION timer_take(clock_time timestamptz, kinds text[], waited_attempts integer)
RETURNS TABLE (id uuid, kind text, key text, due_at timestamptz, payload jsonb, attempts integer, correlation_id text,
  traceparent text, due boolean, wait_ms double precision)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('timers'), hashtext(current_schema()));
  RETURN QUERY
    WITH taken AS (
      UPDATE timer t SET state = 'fired', attempts = t.attempts + 1, next_attempt_at = NULL, fired_at = clock_time,
             finished_at = clock_timestamp()
       WHERE t.id = (
         SELECT c.id FROM timer c
          WHERE c.state IN ('pending', 'failing') AND c.due_at <= clock_time
            AND (c.next_attempt_at IS NULL OR c.next_attempt_at <= clock_timestamp()) AND c.kind = ANY (kinds)
          ORDER BY c.due_at, c.kind, c.key LIMIT 1 FOR UPDATE)
      RETURNING t.id, t.kind, t.key, t.due_at, t.payload, t.attempts, t.correlation_id, t.traceparent
    ), rest AS (
      SELECT coalesce(bool_or(r.next_attempt_at IS NULL OR r.next_attempt_at <= clock_timestamp()), FALSE) AS due,
             (extract(epoch FROM min(r.next_attempt_at) FILTER (WHERE r.attempts < waited_attempts) - clock_timestamp())
               * 1000)::float8 AS wait_ms
        FROM timer r
       WHERE r.state IN ('pending', 'failing') AND r.due_at <= clock_time AND r.kind = ANY (kinds)
         AND NOT EXISTS (SELECT FROM taken WHERE taken.id = r.id)
    )
    SELECT taken.*, rest.due, rest.wait_ms FROM rest LEFT JOIN taken ON TRUE;
END $$;
`;

/** Tables of the kit in a service's schema: clock, timers, jobs, idempotency keys and the audit trail. */
export const serviceKitMigrations: Migration[] = [
  {
    name: 'service-kit-0001-tables',
    up: (context) => [tables, ...insertOnly(context, 'audit_entry', 'audit_anchor')],
  },
  { name: 'service-kit-0002-timer-take', up: timerTake },
];
