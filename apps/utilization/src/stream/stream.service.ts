import { Injectable, type BeforeApplicationShutdown, type MessageEvent, type OnModuleDestroy } from '@nestjs/common';
import { Metrics } from '@risk-budget/service-kit';
import { Observable } from 'rxjs';
import { UtilizationError } from '../errors.js';
import { PortfolioStateRepository } from '../portfolios/portfolio-state.repository.js';
import { SnapshotRepository } from '../snapshots/snapshot.repository.js';
import { SnapshotFeed } from './snapshot-feed.js';
import { snapshotStream, type StreamItem, type StreamParts } from './snapshot-stream.js';
import { streamed, type StreamDetail } from './stream.schemas.js';

/** Streams that one instance serves at a time. */
const mostStreams = 500;
/** A proxy between us and the client must not take silence for death. */
const idleMs = 15_000;
/** A stream ends after this, so that a client comes back with a token that is still good. */
const longestMs = 15 * 60_000;

/** Live streams of snapshots. */
@Injectable()
export class StreamService implements OnModuleDestroy, BeforeApplicationShutdown {
  private readonly open = new Set<AbortController>();

  constructor(
    private readonly feed: SnapshotFeed,
    private readonly states: PortfolioStateRepository,
    private readonly snapshots: SnapshotRepository,
    metrics: Metrics,
  ) {
    metrics.observedGauge('risk_budget_utilization_streams', 'Live streams being served', () => this.open.size);
  }

  /**
   * Server-sent events: `snapshot` with the sequence as its id, `gap` with the sequences left out, and comments while nothing happens.
   *
   * @throws UtilizationError `UTILIZATION.TOO_MANY_STREAMS`
   */
  stream(portfolioId: string, after: number | undefined, detail: StreamDetail): Observable<MessageEvent> {
    if (this.open.size >= mostStreams) {
      throw new UtilizationError(
        'UTILIZATION.TOO_MANY_STREAMS',
        `This instance serves ${mostStreams} streams already.`,
      );
    }
    return new Observable((subscriber) => {
      const abort = new AbortController();
      this.open.add(abort);
      const longest = setTimeout(() => abort.abort(), longestMs);
      const items = snapshotStream(portfolioId, after, this.partsOf(portfolioId), { signal: abort.signal, idleMs });
      const run = async (): Promise<void> => {
        for await (const item of items) subscriber.next(messageOf(item, detail));
      };
      run().then(
        () => subscriber.complete(),
        (error: unknown) => subscriber.error(error),
      );
      return () => {
        clearTimeout(longest);
        abort.abort();
        this.open.delete(abort);
      };
    });
  }

  onModuleDestroy(): void {
    this.endAll();
  }

  beforeApplicationShutdown(): void {
    this.endAll();
  }

  private endAll(): void {
    for (const abort of this.open) abort.abort();
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

function messageOf(item: StreamItem, detail: StreamDetail): MessageEvent {
  switch (item.kind) {
    case 'snapshot':
      return { type: 'snapshot', id: String(item.snapshot.sequence), data: streamed(item.snapshot, detail) };
    case 'gap':
      return { type: 'gap', id: String(item.to), data: { from: item.from, to: item.to } };
    case 'idle':
      return { comment: 'nothing new' };
  }
}
