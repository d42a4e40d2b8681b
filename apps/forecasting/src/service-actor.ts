import type { Actor } from '@risk-budget/contracts';

/** The service as the author of what it does by itself. */
export const serviceActor: Actor = { subject: 'service:forecasting', issuer: 'risk-budget', name: 'forecasting' };
