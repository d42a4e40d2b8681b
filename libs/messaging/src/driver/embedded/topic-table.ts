import type { TopicPolicies, TopicPolicy } from '../../events/registry.js';
import type { BusDatabase } from './bus-database.js';

/** Used for a topic that no catalogue names, such as a dead-letter topic. */
const UNKNOWN: TopicPolicy = { state: false, retentionDays: 90, sentAgain: false };

const ENSURE = `
WITH made AS (
  INSERT INTO topic (path, state, retention_days) VALUES ($1, $2, $3)
  ON CONFLICT (path) DO UPDATE SET state = excluded.state, retention_days = excluded.retention_days
    WHERE topic.state <> excluded.state OR topic.retention_days <> excluded.retention_days
  RETURNING id
)
SELECT id FROM made UNION ALL SELECT id FROM topic WHERE path = $1 LIMIT 1`;

/** Topics by path, made at first use. */
export class TopicTable {
  private readonly known = new Map<string, Promise<number>>();

  constructor(
    private readonly database: BusDatabase,
    private readonly policies: TopicPolicies,
  ) {}

  id(path: string): Promise<number> {
    const known = this.known.get(path);
    if (known !== undefined) return known;
    const asked = this.ensure(path);
    this.known.set(path, asked);
    asked.catch(() => this.known.delete(path));
    return asked;
  }

  /** Whether its messages need not be on disk at once. */
  sentAgain(path: string): boolean {
    return (this.policies.get(path) ?? UNKNOWN).sentAgain;
  }

  private async ensure(path: string): Promise<number> {
    const { state, retentionDays } = this.policies.get(path) ?? UNKNOWN;
    for (;;) {
      const [row] = await this.database.query<{ id: number }>('ensure-topic', ENSURE, [path, state, retentionDays]);
      // Nothing comes back when another process made the topic in the same moment: it is there the next time.
      if (row !== undefined) return row.id;
    }
  }
}
