import { Injectable } from '@nestjs/common';
import type { UtilizationSnapshot } from '@risk-budget/contracts';

/** Told when a portfolio has a new snapshot. */
type Listener = () => void;

/**
 * What has been seen on the snapshots topic: the newest snapshot of each portfolio that somebody follows, and who is to be woken when
 * the next one comes.
 */
@Injectable()
export class SnapshotFeed {
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly newest = new Map<string, UtilizationSnapshot>();

  /** Wakes whoever follows the snapshot's portfolio. */
  publish(snapshot: UtilizationSnapshot): void {
    const following = this.listeners.get(snapshot.portfolioId);
    if (following === undefined) return;
    this.newest.set(snapshot.portfolioId, snapshot);
    for (const listener of [...following]) listener();
  }

  /** The newest snapshot seen, when its sequence is the one asked for. */
  find(portfolioId: string, sequence: number): UtilizationSnapshot | undefined {
    const seen = this.newest.get(portfolioId);
    return seen?.sequence === sequence ? seen : undefined;
  }

  /** @returns a function that ends following */
  follow(portfolioId: string, listener: Listener): () => void {
    const following = this.listeners.get(portfolioId) ?? new Set<Listener>();
    this.listeners.set(portfolioId, following.add(listener));
    return () => {
      following.delete(listener);
      if (following.size > 0) return;
      this.listeners.delete(portfolioId);
      this.newest.delete(portfolioId);
    };
  }
}
