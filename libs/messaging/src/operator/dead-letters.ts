import { executeLater, rows, type Persistence } from '@risk-budget/persistence';
import { stillUnreadable, unknownDeadLetter } from '../errors.js';
import { UnreadableMessage } from '../events/codec.js';
import type { TopicHandling } from '../topic-handling.js';
import { pageBounds, toPage, type Page, type PageRequest } from './page.js';

/** A message that could not be read, with the reason. */
export interface DeadLetter {
  id: string;
  topic: string;
  key: string;
  /** The log's reference of the message. */
  reference: string;
  reason: string;
  receivedAt: string;
  /** The message as it came. */
  payload: string;
}

const COLUMNS = `id::text, topic, key, reference, reason, received_at AS "receivedAt", payload`;

/** What a service could not read: to look at, to try again after a change of code, to discard. */
export class DeadLetters {
  constructor(
    private readonly persistence: Persistence,
    private readonly handling: (topic: string) => TopicHandling,
    private readonly onSettled: () => void,
  ) {}

  /** Dead letters by id, oldest first. */
  async list(request: PageRequest & { topic?: string } = {}): Promise<Page<DeadLetter>> {
    const { limit, after } = pageBounds(request);
    const found = await this.persistence.query<DeadLetter>(
      `SELECT ${COLUMNS} FROM dead_letter WHERE id > $1 AND ($2::text IS NULL OR topic = $2) ORDER BY dead_letter.id LIMIT $3`,
      [after, request.topic ?? null, limit + 1],
    );
    return toPage(found, limit);
  }

  /** @throws `MESSAGING.UNKNOWN_DEAD_LETTER` */
  async get(id: string): Promise<DeadLetter> {
    const [found] = await this.persistence.query<DeadLetter>(`SELECT ${COLUMNS} FROM dead_letter WHERE id = $1`, [
      toId(id),
    ]);
    if (found === undefined) throw unknownDeadLetter(id);
    return found;
  }

  /**
   * Reads the message again and handles it; on a state topic an older state than the one applied is skipped.
   *
   * @throws `MESSAGING.UNKNOWN_DEAD_LETTER`, `MESSAGING.STILL_UNREADABLE`, or what the handler throws: the letter then stays
   */
  async replay(id: string): Promise<DeadLetter> {
    const letter = await this.get(id);
    const handling = this.handling(letter.topic);
    await this.persistence.transaction(async (tx) => {
      const [still] = await rows(tx, 'SELECT 1 FROM dead_letter WHERE id = $1 FOR UPDATE', [id]);
      if (still === undefined) throw unknownDeadLetter(id);
      try {
        await handling.inbox.replay(tx, letter.payload, handling.handle(1, true));
      } catch (error) {
        throw error instanceof UnreadableMessage ? stillUnreadable(id, error.reason) : error;
      }
      await executeLater(tx, 'DELETE FROM dead_letter WHERE id = $1', [id]);
    });
    this.onSettled();
    return letter;
  }

  /** Drops the service's own copy; the one on the dead-letter topic stays. @throws `MESSAGING.UNKNOWN_DEAD_LETTER` */
  async discard(id: string): Promise<DeadLetter> {
    const letter = await this.get(id);
    await this.persistence.query('DELETE FROM dead_letter WHERE id = $1', [toId(id)]);
    return letter;
  }
}

function toId(id: string): string {
  if (!/^\d{1,18}$/.test(id)) throw unknownDeadLetter(id);
  return id;
}
