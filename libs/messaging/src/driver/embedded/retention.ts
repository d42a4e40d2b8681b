import type { BusDatabase } from './bus-database.js';

const BATCH = 5_000;

// A message goes when it is older than its topic's retention, every subscription has settled it, and, on a state topic,
// a later one of its key is there.
const PRUNE = `
WITH settled AS (
  SELECT t.id, t.state, t.retention_days,
         coalesce((SELECT min(slot.acked_position) FROM subscription s JOIN slot ON slot.subscription_id = s.id
                    WHERE s.topic_id = t.id), t.last_position) AS position
    FROM topic t
), old AS (
  SELECT m.topic_id, m.position FROM settled t JOIN message m ON m.topic_id = t.id AND m.position <= t.position
   WHERE m.published_at < clock_timestamp() - t.retention_days * interval '1 day'
     AND (NOT t.state OR EXISTS (
       SELECT 1 FROM message n WHERE n.topic_id = m.topic_id AND n.ordering_key = m.ordering_key AND n.key = m.key AND n.position > m.position))
   LIMIT ${BATCH}
)
DELETE FROM message USING old WHERE message.topic_id = old.topic_id AND message.position = old.position
RETURNING 1 AS gone`;

/** Drops what retention no longer keeps, and consumers that are long gone. @returns how many messages went */
export async function pruneMessages(database: BusDatabase): Promise<number> {
  let gone = 0;
  for (;;) {
    const deleted = (await database.query('prune', PRUNE)).length;
    gone += deleted;
    if (deleted < BATCH) break;
  }
  await database.query(
    'prune-instances',
    "DELETE FROM instance WHERE lease_until < clock_timestamp() - interval '1 hour'",
  );
  return gone;
}
