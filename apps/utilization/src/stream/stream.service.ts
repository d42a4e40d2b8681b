import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { Logger, Metrics, STOPPING } from '@risk-budget/service-kit';
import { UtilizationError } from '../errors.js';
import { PortfolioStateRepository } from '../portfolios/portfolio-state.repository.js';
import { SnapshotRepository } from '../snapshots/snapshot.repository.js';
import { eventText, type ServerSentEvent } from './server-sent-events.js';
import { SnapshotFeed } from './snapshot-feed.js';
import { snapshotStream, type StreamItem, type StreamParts } from './snapshot-stream.js';
import { streamed, type StreamDetail } from './stream.schemas.js';

/** Streams that one instance serves at a time. */
const mostStreams = 500;
/** A proxy between us and the client must not take silence for death. */
const idleMs = 15_000;
/** A stream ends after this, so that a client comes back with a token that is still good. */
const longestMs = 15 * 60_000;
const retryMs = 2000;

/** Live streams of snapshots. */
@Injectable()
export class StreamService {
  private open = 0;

  constructor(
    private readonly feed: SnapshotFeed,
    private readonly states: PortfolioStateRepository,
    private readonly snapshots: SnapshotRepository,
    private readonly logger: Logger,
    @Inject(STOPPING) private readonly stopping: AbortSignal,
    metrics: Metrics,
  ) {
    metrics.observedGauge('risk_budget_utilization_streams', 'Live streams being served', () => this.open);
  }

  /**
   * A `text/event-stream`: `snapshot` with the sequence as its id, `gap` with the sequences left out, and comments while nothing
   * happens. A client that reads slowly is told later, and of what it missed by `gap`.
   *
   * @throws UtilizationError `UTILIZATION.TOO_MANY_STREAMS`
   */
  stream(portfolioId: string, after: number | undefined, detail: StreamDetail): Readable {
    if (this.open >= mostStreams) {
      throw new UtilizationError(
        'UTILIZATION.TOO_MANY_STREAMS',
        `This instance serves ${mostStreams} streams already.`,
      );
    }
    this.open++;
    const closed = new AbortController();
    const signal = AbortSignal.any([closed.signal, this.stopping, AbortSignal.timeout(longestMs)]);
    return readableOf(this.texts(portfolioId, after, detail, signal), () => {
      this.open--;
      closed.abort();
    });
  }

  private async *texts(
    portfolioId: string,
    after: number | undefined,
    detail: StreamDetail,
    signal: AbortSignal,
  ): AsyncGenerator<string> {
    yield eventText({ comment: 'connected', retry: retryMs });
    try {
      for await (const item of snapshotStream(portfolioId, after, this.partsOf(portfolioId), { signal, idleMs })) {
        yield eventText(eventOf(item, detail));
      }
    } catch (error) {
      // The answer has begun: all that can be done is to end it, and the client comes back with the last id it has.
      this.logger.warn('a live stream ended', { portfolioId, error });
    }
  }

  private partsOf(portfolioId: string): StreamParts {
    return {
      feed: this.feed,
      placesAfter: (sequence, limit) => this.snapshots.placesAfter(portfolioId, sequence, limit),
      read: (place) => this.snapshots.read(place),
      latestSequence: async () => (await this.states.find(portfolioId))?.sequence ?? 0,
    };
  }
}

/**
 * A readable that takes a text when its reader wants one. `Readable.from` would wait, when it is destroyed, for the text that is on its
 * way, and here that may be long in coming.
 */
function readableOf(texts: AsyncGenerator<string>, onDestroy: () => void): Readable {
  return new Readable({
    highWaterMark: 1,
    read(): void {
      texts.next().then(
        ({ done, value }) => this.push(done === true ? null : value),
        (error: Error) => this.destroy(error),
      );
    },
    destroy(error, callback): void {
      onDestroy();
      callback(error);
    },
  });
}

function eventOf(item: StreamItem, detail: StreamDetail): ServerSentEvent {
  switch (item.kind) {
    case 'snapshot':
      return { event: 'snapshot', id: String(item.snapshot.sequence), data: streamed(item.snapshot, detail) };
    case 'gap':
      return { event: 'gap', id: String(item.to), data: { from: item.from, to: item.to } };
    case 'idle':
      return { comment: 'nothing new' };
  }
}
