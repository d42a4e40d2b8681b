/** Injection token of the service's `Clock`: wall time, or the business clock of a replay. */
export const CLOCK = Symbol('risk-budget.clock');
