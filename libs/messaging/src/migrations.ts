import type { Migration } from '@risk-budget/persistence';

/** Outbox, inbox, parked messages and dead letters in a service's own schema. */
export const messagingMigrations: Migration[] = [
  {
    name: 'messaging-0001-tables',
    up: `
-- The last sequence given for a key of a topic that this service publishes.
CREATE TABLE outbox_head (
  topic text NOT NULL,
  key text NOT NULL,
  sequence bigint NOT NULL,
  PRIMARY KEY (topic, key)
) WITH (fillfactor = 70);

-- What is committed and not yet published; the relay deletes what the log has taken.
CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic text NOT NULL,
  path text NOT NULL,
  key text NOT NULL,
  message_key text NOT NULL,
  sequence bigint NOT NULL,
  payload text NOT NULL,
  written_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
ALTER TABLE outbox ALTER COLUMN payload SET STORAGE EXTERNAL;

-- Who may publish: one instance at a time, by a lease with a fencing epoch.
CREATE TABLE relay_lease (
  name text PRIMARY KEY,
  owner text,
  epoch bigint NOT NULL DEFAULT 0,
  lease_until timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO relay_lease (name) VALUES ('relay');

-- Messages seen, for 14 days: a second delivery changes nothing.
CREATE TABLE inbox (
  source text NOT NULL,
  message_id text NOT NULL,
  topic text NOT NULL,
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (message_id, source)
);
CREATE INDEX inbox_received_at ON inbox (received_at);

-- For ever: the last sequence applied of each key and source, and how many of its messages are settled.
CREATE TABLE inbox_progress (
  topic text NOT NULL,
  key text NOT NULL,
  source text NOT NULL,
  last_sequence bigint NOT NULL DEFAULT 0,
  settled bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (topic, key, source)
) WITH (fillfactor = 70);

-- Parts of sets that are not whole. settled: counted already, because the key was parked.
CREATE TABLE inbox_part (
  topic text NOT NULL,
  set_id uuid NOT NULL,
  part integer NOT NULL,
  parts integer NOT NULL,
  key text NOT NULL,
  source text NOT NULL,
  sequence bigint NOT NULL,
  payload text NOT NULL,
  settled boolean NOT NULL DEFAULT false,
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (topic, set_id, part)
);
CREATE INDEX inbox_part_key ON inbox_part (topic, key);

-- Messages that a handler refused, and all later ones of their keys, in order.
CREATE TABLE parked_message (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic text NOT NULL,
  key text NOT NULL,
  source text NOT NULL,
  message_id text NOT NULL,
  type text NOT NULL,
  sequence bigint NOT NULL,
  payload text NOT NULL,
  reason text NOT NULL CHECK (reason IN ('failed', 'behindFailed')),
  error_code text,
  error text,
  attempts integer NOT NULL DEFAULT 0,
  correlation_id text NOT NULL,
  parked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX parked_message_key ON parked_message (topic, key, id);

-- Messages that cannot be read. published_at: when the dead-letter topic took it.
CREATE TABLE dead_letter (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic text NOT NULL,
  key text NOT NULL,
  reference text NOT NULL,
  reason text NOT NULL,
  payload text NOT NULL,
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  published_at timestamptz,
  UNIQUE (topic, reference)
);
CREATE INDEX dead_letter_unpublished ON dead_letter (id) WHERE published_at IS NULL;
`,
  },
];
