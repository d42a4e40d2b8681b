import type { Migration } from '@risk-budget/persistence';

/** How many slots the keys of a subscription are spread over: the most instances that can share one. */
export const SLOTS = 16;

/** The log of the embedded driver, in the schema `bus`. */
export const busMigrations: Migration[] = [
  {
    name: 'bus-0001-log',
    up: `
-- last_position is raised by every publisher under the row's lock: positions are in the order of commits, without gaps.
CREATE TABLE topic (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  path text NOT NULL UNIQUE,
  state boolean NOT NULL,
  retention_days integer NOT NULL,
  last_position bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE TABLE message (
  topic_id integer NOT NULL,
  position bigint NOT NULL,
  slot smallint NOT NULL,
  key text NOT NULL,
  ordering_key text NOT NULL,
  size integer NOT NULL,
  payload text NOT NULL,
  published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (topic_id, position)
);
ALTER TABLE message ALTER COLUMN payload SET STORAGE EXTERNAL;
CREATE INDEX message_slot ON message (topic_id, slot, position);
CREATE INDEX message_ordering_key ON message (topic_id, ordering_key, position);

CREATE TABLE subscription (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic_id integer NOT NULL REFERENCES topic,
  name text NOT NULL,
  UNIQUE (topic_id, name)
);

-- A consumer's process; its slots are its own while this lease lasts.
CREATE TABLE instance (
  id uuid PRIMARY KEY,
  lease_until timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE member (
  subscription_id integer NOT NULL REFERENCES subscription ON DELETE CASCADE,
  instance_id uuid NOT NULL REFERENCES instance ON DELETE CASCADE,
  PRIMARY KEY (subscription_id, instance_id)
);
CREATE INDEX member_instance ON member (instance_id);

-- The cursor of a slot. epoch grows with each owner, so that one who lost the slot cannot move the cursor.
CREATE TABLE slot (
  subscription_id integer NOT NULL REFERENCES subscription ON DELETE CASCADE,
  slot smallint NOT NULL,
  acked_position bigint NOT NULL,
  owner uuid,
  epoch bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (subscription_id, slot)
) WITH (fillfactor = 50);
`,
  },
];
