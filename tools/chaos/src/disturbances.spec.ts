import { disturbances, drill, type PlannedDisturbance, type PlanOptions } from './index.js';

const options: PlanOptions = { seed: 7, services: ['limits', 'utilization'], ownBroker: true, meanPauseMs: 1_000 };

function first(count: number, changed: Partial<PlanOptions> = {}): PlannedDisturbance[] {
  const plan = disturbances({ ...options, ...changed });
  return Array.from({ length: count }, () => plan.next().value);
}

describe('the plan of disturbances', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(first(50)).toEqual(first(50));
    expect(first(50, { seed: 8 })).not.toEqual(first(50));
  });

  it('holds every kind, and every service', () => {
    const kinds = new Set(first(500).map(({ disturbance }) => disturbance.kind));
    expect([...kinds].sort()).toEqual(
      [
        'cutConnections',
        'holdConnections',
        'killBroker',
        'killDatabase',
        'killService',
        'killUnacknowledged',
        'killUnpublished',
        'slowConnections',
      ].sort(),
    );
    const hit = first(500).flatMap(({ disturbance }) => ('service' in disturbance ? [disturbance.service] : []));
    expect(new Set(hit)).toEqual(new Set(options.services));
  });

  it('hits each of several instances, and leaves the plan of one as it is', () => {
    const hit = first(500, { instances: 2 }).flatMap(({ disturbance }) =>
      'instance' in disturbance ? [disturbance.instance] : [],
    );
    expect(new Set(hit)).toEqual(new Set([1, 2]));
    expect(first(50, { instances: 1 })).toEqual(first(50));
  });

  it('kills no broker where there is none of its own', () => {
    const kinds = first(500, { ownBroker: false }).map(({ disturbance }) => disturbance.kind);
    expect(kinds).not.toContain('killBroker');
  });

  it('pauses as long as it was asked to, on the mean, and never without end', () => {
    const pauses = first(2_000).map(({ afterMs }) => afterMs);
    const mean = pauses.reduce((sum, pause) => sum + pause, 0) / pauses.length;
    expect(mean).toBeGreaterThan(900);
    expect(mean).toBeLessThan(1_100);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(4_000);
  });
});

describe('the drill', () => {
  const services = ['forecasting', 'allocation', 'utilization', 'limits', 'stress', 'attribution'];
  const plan = drill({ seed: 3, services });

  it('is the same for the same seed, and another for another', () => {
    expect(drill({ seed: 3, services })).toEqual(plan);
    expect(drill({ seed: 4, services })).not.toEqual(plan);
  });

  it('kills every service once, at every moment, and the database; cuts, holds and slows connections', () => {
    const kinds = plan.map(({ disturbance }) => disturbance.kind);
    const killed = plan.flatMap(({ disturbance }) =>
      disturbance.kind.startsWith('kill') && 'service' in disturbance ? [disturbance.service] : [],
    );
    expect([...killed].sort()).toEqual([...services].sort());
    expect(new Set(kinds)).toEqual(
      new Set([
        'killService',
        'killUnpublished',
        'killUnacknowledged',
        'killDatabase',
        'cutConnections',
        'holdConnections',
        'slowConnections',
      ]),
    );
  });

  it('hits each of several instances', () => {
    const hit = drill({ seed: 3, services, instances: 2 }).flatMap(({ disturbance }) =>
      'instance' in disturbance ? [disturbance.instance] : [],
    );
    expect(new Set(hit)).toEqual(new Set([1, 2]));
  });

  it('begins everything in the first four fifths, in its order', () => {
    const begun = plan.map(({ from = -1 }) => from);
    expect(begun).toEqual([...begun].sort((a, b) => a - b));
    expect(begun[0]).toBe(0);
    expect(Math.max(...begun)).toBeLessThan(0.8);
  });
});
