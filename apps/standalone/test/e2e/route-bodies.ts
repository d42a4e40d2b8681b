const reason = { reason: 'asked by a test' };
const trades = [{ strategy: 'growth', instrumentId: 'HD', quantityChange: '-10' }];
const limit = {
  portfolioId: 'GLOBAL-CORE',
  name: 'A limit of the route tests',
  measure: 'herfindahl',
  scope: { level: 'portfolio' },
  direction: 'upper',
  bound: { kind: 'absolute', value: 0.5 },
  severity: 'soft',
  effectiveFrom: '2020-01-01T00:00:00.000Z',
};
const scenario = {
  name: 'A scenario of the route tests',
  knownFrom: '2020-01-02',
  definition: { kind: 'hypothetical', shocks: [{ target: { kind: 'market' }, return: -0.1 }] },
};
const dynamicRules = {
  volatility: { kind: 'market', subjectId: 'SP500', horizonDays: 20, targetAnnual: 0.25 },
  ...{ minimumFactor: 0.5, band: 0.05, maximumStep: 0.2, minimumDwellDays: 3 },
};
const later = { effectiveFrom: '2020-07-01T00:00:00.000Z', effectiveTo: '2020-08-01T00:00:00.000Z' };
const allocationId = '00000000-0000-4000-8000-000000000000';
const portfolio = '/v1/portfolios/{portfolioId}';

/** A body that fits, for every route that takes one as JSON: a route without its line here fails the test that asks all of them. */
export const routeBodies: Readonly<Record<string, unknown>> = {
  'POST /v1/messaging/parked-messages/{id}/discard': reason,
  'POST /v1/messaging/dead-letters/{id}/discard': reason,
  'POST /v1/messaging/republish': { topic: 'forecasting.risk-models' },
  'POST /v1/market-data/loads': { dataset: 'bars', format: 'csv' },

  [`POST ${portfolio}/risk-models`]: {},
  [`POST ${portfolio}/risk-models/jobs`]: {},
  'PUT /v1/forecast-policy': {
    ...{ windowDays: 1000, minimumHistoryDays: 250, refitEveryDays: 10, ewmaLambda: 0.94, lossDiscount: 0.98 },
    champion: { minimumObservations: 60, margin: 0.05, dwellDays: 20 },
    ...reason,
  },

  [`POST ${portfolio}/allocations`]: { method: 'equalWeight' },
  [`POST ${portfolio}/plans`]: { allocationId },
  [`PUT ${portfolio}/plans/{planId}`]: { allocationId },
  [`POST ${portfolio}/plans/{planId}/approval`]: {},
  [`POST ${portfolio}/plans/{planId}/rejection`]: {},
  [`POST ${portfolio}/plans/{planId}/withdrawal`]: {},
  [`POST ${portfolio}/plans/{planId}/activation`]: {},
  [`POST ${portfolio}/plans/{planId}/transfers`]: {
    ...{ measure: 'volatility', fromNodeId: 'strategy:growth', toNodeId: 'strategy:value', share: 0.01 },
    ...reason,
  },
  [`POST ${portfolio}/plans/{planId}/transfers/{transferId}/approval`]: {},
  [`POST ${portfolio}/dynamic-policies`]: dynamicRules,
  [`POST ${portfolio}/dynamic-policies/preview`]: {
    ...{ rules: dynamicRules, instrumentId: 'SP500', from: '2019-07-01', to: '2019-12-31' },
  },
  [`POST ${portfolio}/budget-adjustments/{adjustmentId}/limit-approval`]: {},

  [`POST ${portfolio}/what-if`]: { trades },

  'POST /v1/limits': { limitId: 'route-test', ...limit },
  'PUT /v1/limits/{limitId}': limit,
  'POST /v1/limits/{limitId}/rejection': reason,
  'POST /v1/limits/{limitId}/retirement': reason,
  'POST /v1/limits/{limitId}/overrides': { bound: limit.bound, ...later, ...reason },
  'POST /v1/limits/{limitId}/overrides/{overrideId}/rejection': reason,
  'POST /v1/limit-uploads': [{ limitId: 'route-test', ...limit }],
  'POST /v1/breaches/{breachId}/acknowledgement': {},
  'POST /v1/breaches/{breachId}/waiver': { expiresAt: '2099-01-01T00:00:00.000Z', ...reason },
  'POST /v1/breaches/{breachId}/remediation': { plan: 'sell', dueAt: '2099-01-01T00:00:00.000Z' },
  'POST /v1/escalation-policies': { policyId: 'route-test', name: 'Of the route tests', steps: [] },
  [`POST ${portfolio}/pre-trade-checks`]: { trades },

  'POST /v1/scenarios': { scenarioId: 'route-test', content: scenario },
  'PUT /v1/scenarios/{scenarioId}': scenario,
  'POST /v1/scenarios/{scenarioId}/rejection': reason,
  'POST /v1/scenarios/{scenarioId}/retirement': reason,
  'POST /v1/runs': { kind: 'sensitivities', portfolioId: 'GLOBAL-CORE' },
};
