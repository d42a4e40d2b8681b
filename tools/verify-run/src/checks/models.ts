import { portfolioDefined, riskModelPublished } from '@risk-budget/contracts';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** Every published risk model, estimated again from the prices as they were known, element by element; and one for every day. */
export function checkModels(context: RunContext): Check[] {
  const elements = new CheckRecorder('risk models: covariances, shrinkage, window, proxies and holes');
  for (const { data } of context.events.of(riskModelPublished)) {
    const name = `model ${data.modelId} of ${data.portfolioId} at ${data.knownAt}`;
    const own = context.models.get(data.modelId);
    elements.figure(`${name} shrinkage`, data.shrinkage, own.shrinkage);
    elements.expect(data.windowStart === own.returns.startDate, () => `${name}: window starts on ${data.windowStart}`);
    elements.expect(data.windowEnd === own.returns.dates.at(-1), () => `${name}: window ends on ${data.windowEnd}`);
    elements.expect(data.observations === own.returns.dates.length, () => `${name}: ${data.observations} observations`);
    elements.expect(data.repairs.length === 0, () => `${name}: was repaired, which a shrunk matrix never needs`);
    const holes = new Map(data.holes.map((hole) => [hole.instrumentId, hole.missingDays]));
    const proxies = new Map(own.returns.proxies.map((proxy) => [proxy.instrumentId, proxy]));
    data.rows.forEach((row, i) => {
      const ownHoles = own.returns.holes.get(row.instrumentId);
      elements.expect(holes.get(row.instrumentId) === ownHoles, () => `${name}: holes of ${row.instrumentId}`);
      const proxy = proxies.get(row.instrumentId);
      elements.expect(row.proxy?.sector === proxy?.sector, () => `${name}: proxy of ${row.instrumentId}`);
      elements.figure(`${name} proxy scale of ${row.instrumentId}`, row.proxy?.scale, proxy?.scale ?? null);
      for (let j = 0; j <= i; j++) {
        const value = own.covariance[i]?.[j] ?? null;
        const scale = Math.sqrt((own.covariance[i]?.[i] ?? 0) * (own.covariance[j]?.[j] ?? 0));
        elements.figure(
          `${name} (${row.instrumentId}, ${data.rows[j]?.instrumentId ?? ''})`,
          row.covariances?.[j],
          value,
          scale,
        );
      }
    });
  }
  return [elements.result(), checkDays(context)];
}

/** Each portfolio that exists has a model from the close of each day. */
function checkDays({ events, inputs, positions }: RunContext): Check {
  const daily = new CheckRecorder('a risk model of every portfolio on every day');
  const published = new Set(
    events
      .of(riskModelPublished)
      .filter(({ data }) => data.knownAt.slice(11) >= inputs.world.closeTime)
      .map(({ data }) => `${data.portfolioId} ${data.knownAt.slice(0, 10)}`),
  );
  const days = [...inputs.closes.keys()].filter((day) => day >= inputs.world.firstDay && day <= inputs.world.lastDay);
  const defined = new Map<string, string>();
  for (const { envelope, data } of events.of(portfolioDefined)) {
    if (!defined.has(data.portfolioId)) defined.set(data.portfolioId, envelope.time);
  }
  for (const [portfolioId, since] of defined) {
    for (const day of days) {
      const at = `${day}T${inputs.world.modelTime}`;
      if (at < since || positions.holdings(portfolioId, at, '9999') === undefined) continue;
      daily.expect(
        published.has(`${portfolioId} ${day}`),
        () => `no model of ${portfolioId} after the close of ${day}`,
      );
    }
  }
  return daily.result();
}
