import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { ReceivedEvent } from '@risk-budget/messaging';
import type { Tx } from '@risk-budget/persistence';
import {
  MARKET_DATA_LISTENER,
  type MarketDataChange,
  type MarketDataChangeKind,
  type MarketDataListener,
} from './market-data-listener.js';

/** What a consumer says of a stored event. */
export type ChangeSubject = Partial<
  Pick<MarketDataChange, 'portfolioIds' | 'instrumentIds' | 'pairs' | 'benchmarkIds' | 'latest' | 'earliest' | 'tick'>
>;

/** Tells the service's listener, wherever in the service it is provided. */
@Injectable()
export class ChangeNotifier {
  private listener: MarketDataListener | null | undefined;

  constructor(private readonly modules: ModuleRef) {}

  /** Whether anybody listens: what only a listener needs is not worked out otherwise. */
  get hasListener(): boolean {
    return this.find() !== null;
  }

  async notify(changes: readonly MarketDataChange[], tx: Tx): Promise<void> {
    if (changes.length > 0) await this.find()?.onChanges(changes, { tx });
  }

  private find(): MarketDataListener | null {
    this.listener ??= this.lookUp();
    return this.listener;
  }

  private lookUp(): MarketDataListener | null {
    try {
      return this.modules.get<MarketDataListener>(MARKET_DATA_LISTENER, { strict: false });
    } catch {
      return null; // a service without a listener
    }
  }
}

/** The change that an event makes; what is not given does not apply. */
export function changeOf(
  kind: MarketDataChangeKind,
  event: Pick<ReceivedEvent, 'id' | 'correlationId' | 'occurredAt'>,
  subject: ChangeSubject,
): MarketDataChange {
  return {
    kind,
    eventId: event.id,
    correlationId: event.correlationId,
    occurredAt: event.occurredAt,
    portfolioIds: [],
    instrumentIds: [],
    pairs: [],
    benchmarkIds: [],
    latest: true,
    earliest: event.occurredAt,
    ...subject,
  };
}
