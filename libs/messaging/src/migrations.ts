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
  {
    name: 'messaging-0002-inbox-begin',
    up: `
-- The beginning of every batch in one round trip: locks the progress of its keys (one order everywhere), marks its
-- messages, and only then, under the locks, asks which keys are parked. Each statement in here sees what was committed
-- before it began, so that nothing parked while we waited for a lock is missed.
CREATE FUNCTION inbox_begin(for_topic text, keys text[], sources text[], ids text[])
RETURNS TABLE (kind text, first text, second text, last bigint)
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO inbox_progress (topic, key, source)
  SELECT DISTINCT for_topic, v.k, v.s FROM unnest(keys, sources) AS v(k, s)
   WHERE NOT EXISTS (SELECT 1 FROM inbox_progress p WHERE p.topic = for_topic AND p.key = v.k AND p.source = v.s)
   ORDER BY 2, 3
  ON CONFLICT DO NOTHING;
  RETURN QUERY
    SELECT 'progress', p.key, p.source, p.last_sequence FROM inbox_progress p
     WHERE p.topic = for_topic AND p.key = ANY (keys) ORDER BY p.key, p.source FOR UPDATE;
  RETURN QUERY
    INSERT INTO inbox AS i (source, message_id, topic) SELECT v.s, v.m, for_topic FROM unnest(sources, ids) AS v(s, m)
     WHERE v.m IS NOT NULL
    ON CONFLICT DO NOTHING RETURNING 'fresh', i.source, i.message_id, 0::bigint;
  RETURN QUERY
    SELECT DISTINCT 'parked', m.key, '', 0::bigint FROM parked_message m WHERE m.topic = for_topic AND m.key = ANY (keys);
END $$;
`,
  },
  {
    name: 'messaging-0003-inbox-take',
    up: `
-- As inbox_begin, and in the same round trip counts the messages that are new: nearly always each of them is settled and
-- raises its key's last sequence, and then nothing of this is left to write at the end of the batch. What it has counted
-- comes back, so that the batch corrects it where things went otherwise. A message of a set counts 0 (it is settled with
-- its set) and one that will not be applied bears no sequence. Keys of which parts are kept come back as 'partial'.
CREATE FUNCTION inbox_take(for_topic text, keys text[], sources text[], ids text[], counts integer[], sequences bigint[])
RETURNS TABLE (kind text, first text, second text, last bigint, count bigint)
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO inbox_progress (topic, key, source)
  SELECT DISTINCT for_topic, v.k, v.s FROM unnest(keys, sources) AS v(k, s)
   WHERE NOT EXISTS (SELECT 1 FROM inbox_progress p WHERE p.topic = for_topic AND p.key = v.k AND p.source = v.s)
   ORDER BY 2, 3
  ON CONFLICT DO NOTHING;
  RETURN QUERY
    SELECT 'progress', p.key, p.source, p.last_sequence, 0::bigint FROM inbox_progress p
     WHERE p.topic = for_topic AND p.key = ANY (keys) ORDER BY p.key, p.source FOR UPDATE;
  RETURN QUERY
    WITH given AS (
      SELECT DISTINCT ON (v.s, v.m) v.k, v.s, v.m, v.n, v.q
        FROM unnest(keys, sources, ids, counts, sequences) AS v(k, s, m, n, q) WHERE v.m IS NOT NULL
    ), fresh AS (
      INSERT INTO inbox AS i (source, message_id, topic) SELECT g.s, g.m, for_topic FROM given g
      ON CONFLICT DO NOTHING RETURNING i.source, i.message_id
    ), counted AS (
      UPDATE inbox_progress p SET settled = p.settled + c.n, last_sequence = greatest(p.last_sequence, c.q)
        FROM (SELECT g.k, g.s, sum(g.n) AS n, max(g.q) AS q FROM given g
                JOIN fresh f ON f.source = g.s AND f.message_id = g.m GROUP BY g.k, g.s) c
       WHERE p.topic = for_topic AND p.key = c.k AND p.source = c.s
      RETURNING p.key, p.source, p.last_sequence, c.n
    )
    SELECT 'fresh', f.source, f.message_id, 0::bigint, 0::bigint FROM fresh f
    UNION ALL SELECT 'counted', c.key, c.source, c.last_sequence, c.n FROM counted c;
  RETURN QUERY
    SELECT DISTINCT 'parked', m.key, '', 0::bigint, 0::bigint FROM parked_message m
     WHERE m.topic = for_topic AND m.key = ANY (keys);
  RETURN QUERY
    SELECT DISTINCT 'partial', p.key, '', 0::bigint, 0::bigint FROM inbox_part p
     WHERE p.topic = for_topic AND p.key = ANY (keys);
END $$;
`,
  },
  {
    name: 'messaging-0004-outbox-state',
    up: `
-- The last event of each key of the state topics that this service owns, message by message as it was published. wanted: to be
-- published again, with the same ids and sequences; the relay does.
CREATE TABLE outbox_state (
  topic text NOT NULL,
  key text NOT NULL,
  message_key text NOT NULL,
  path text NOT NULL,
  sequence bigint NOT NULL,
  payload text NOT NULL,
  wanted boolean NOT NULL DEFAULT false,
  PRIMARY KEY (topic, key, message_key)
);
ALTER TABLE outbox_state ALTER COLUMN payload SET STORAGE EXTERNAL;
CREATE INDEX outbox_state_wanted ON outbox_state (topic, key) WHERE wanted;
`,
  },
  {
    name: 'messaging-0005-joining',
    up: `
-- joined_at: the service has taken up what it had published before this schema was made. caught_up_at: what stood on the topics then is
-- settled, so that all topics are read side by side.
CREATE TABLE messaging_joining (
  name text PRIMARY KEY,
  joined_at timestamptz,
  caught_up_at timestamptz
);
INSERT INTO messaging_joining (name, joined_at, caught_up_at)
SELECT 'joining', at, at FROM (SELECT CASE WHEN EXISTS (SELECT 1 FROM outbox_head) OR EXISTS (SELECT 1 FROM inbox_progress)
                                           THEN clock_timestamp() END AS at) had;
`,
  },
];
