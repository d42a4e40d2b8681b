import { recordFailure } from './failure.js';

/** Trouble of the infrastructure: nothing is lost, and nothing goes on. */
export interface Trouble {
  since: string;
  error: string;
}

export function troubleOf(error: unknown): Trouble {
  return { since: new Date().toISOString(), error: recordFailure(error, 0).text };
}
