/** Injection token of a service's checked configuration. */
export const CONFIG = Symbol('risk-budget.config');
