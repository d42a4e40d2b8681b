import type { StartFrom } from '../driver/driver.js';
import { unsupported } from '../errors.js';

/** How a topic is subscribed to: `@EventPattern('market-data.ticks', { fanOut: true })`. */
export interface HandlerOptions {
  /** Where a subscription begins that does not exist yet. Default `earliest`, so that a new service catches up. */
  from?: StartFrom;
  /** Every instance gets every message from now on, without a transaction. */
  fanOut?: boolean;
}

/** Reads the extras of an `@EventPattern`. @throws `MESSAGING.UNSUPPORTED` for one that means nothing here */
export function handlerOptions(topic: string, extras: Record<string, unknown>): HandlerOptions {
  const { from, fanOut, ...others } = extras;
  const known = Object.keys(others).length === 0;
  const start = from === undefined || from === 'earliest' || from === 'latest' || isTime(from);
  if (!known || !start || (fanOut !== undefined && typeof fanOut !== 'boolean')) {
    throw unsupported(`the handler of ${topic} has options that are not known: ${JSON.stringify(extras)}`);
  }
  return { ...(from === undefined ? {} : { from }), ...(fanOut === undefined ? {} : { fanOut }) };
}

function isTime(value: unknown): value is { time: string } {
  return typeof value === 'object' && value !== null && 'time' in value && typeof value.time === 'string';
}
