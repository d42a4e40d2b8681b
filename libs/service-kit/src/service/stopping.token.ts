/** Injection token of an `AbortSignal` that is aborted when the service begins to stop: for whatever would go on by itself. */
export const STOPPING = Symbol('risk-budget.stopping');
