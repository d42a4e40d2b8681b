import { stressRunCompleted, type StressNode, type StressRun } from '@risk-budget/contracts';
import { Persistence } from '@risk-budget/persistence';
import { conditionalShock, createCovariance, volatility, type Covariance } from '@risk-budget/risk-math';
import { until } from '@risk-budget/service-kit/testing';
import { RunsRepository } from '../../src/runs/runs.repository.js';
import { approver, closes, history, lastDay, narrow, quantities, series, viewer, weightOf, World } from './world.js';

const at = `${lastDay}T21:30:00.000Z`;

interface Finished {
  readonly summary: StressRun;
  readonly analysis: Record<string, never> | null;
}

describe('a run', () => {
  let world: World;
  let covariance: Covariance;
  let weights: Float64Array;
  const ids = series.map(({ instrumentId }) => instrumentId);

  beforeAll(async () => {
    world = await World.start();
    await world.upstream.advance(at);
    const { rows } = world.model;
    const values = new Float64Array(rows.length ** 2);
    rows.forEach(({ covariances = [] }, i) =>
      covariances.forEach((value, j) => {
        values[i * rows.length + j] = value;
        values[j * rows.length + i] = value;
      }),
    );
    covariance = createCovariance(values, rows.length, { ids });
    weights = Float64Array.from(ids, (id) =>
      quantities.filter((leaf) => leaf.instrumentId === id).reduce((sum, leaf) => sum + weightOf(leaf), 0),
    );
  }, 120_000);
  afterAll(() => world.stop());

  const finished = async (request: object): Promise<Finished & { runId: string }> => {
    const { runId } = await world.submit({ portfolioId: 'P1', ...request });
    const view = await world.ended<Finished>(runId);
    if (view.job.state !== 'succeeded') throw new Error(JSON.stringify(view.job));
    return { ...view, runId };
  };
  const nodesOf = async (runId: string): Promise<Map<string, number>> => {
    const { body } = await world.call('GET', `/v1/runs/${runId}/nodes`, { as: viewer });
    return new Map(
      (body['items'] as unknown as (StressNode & { loss: number })[]).map(({ nodeId, loss }) => [nodeId, loss]),
    );
  };
  const failure = async (request: object): Promise<string | undefined> => {
    const { runId } = await world.submit({ portfolioId: 'P1', ...request });
    const { job } = await world.ended(runId);
    expect(job.state).toBe('failed');
    return (job.error as { code: string }).code;
  };

  it('shocks names and moves the rest by its expectation given all of them', async () => {
    const shocks = [
      { target: { kind: 'instrument', instrumentId: 'CCC' }, return: 0.1 },
      { target: { kind: 'market' }, return: -0.2 },
    ];
    const { runId, summary } = await finished({ kind: 'hypothetical', name: 'Market down', shocks });
    const own = conditionalShock({ instrumentIds: ids, matrix: covariance }, [
      { kind: 'instruments', instrumentIds: ['CCC'], return: 0.1 },
      { kind: 'instruments', instrumentIds: ['MKT'], return: -0.2 },
    ]);
    const nodes = await nodesOf(runId);
    for (const leaf of quantities) {
      const move = own.returns[ids.indexOf(leaf.instrumentId)] ?? NaN;
      expect(nodes.get(`leaf:${leaf.strategy}/${leaf.instrumentId}`)).toBeCloseTo(-weightOf(leaf) * move, 12);
    }
    const ccc = quantities.find(({ instrumentId }) => instrumentId === 'CCC')!;
    expect(nodes.get('leaf:hedge/CCC')).toBeCloseTo(-weightOf(ccc) * 0.1, 12);
    const [result] = summary.results;
    expect(result?.loss).toBeCloseTo(nodes.get('portfolio') ?? NaN, 12);
    expect(result?.distance).toBeCloseTo(own.mahalanobisDistance, 10);
    expect(result?.window).toEqual({
      start: world.model.windowStart,
      end: world.model.windowEnd,
      days: world.model.observations,
    });
  });

  it.each([
    ['a sector, with all its names', { kind: 'sector', sector: 'Energy' }, ['AAA', 'BBB', 'NEW']],
    ['a strategy, with what it holds', { kind: 'strategy', strategy: 'hedge' }, ['AAA', 'CCC']],
    ['a factor fund of a model without factors', { kind: 'factor', factorId: 'BBB' }, ['BBB']],
  ])('shocks %s', async (_, target, moved) => {
    const { runId } = await finished({ kind: 'hypothetical', shocks: [{ target, return: -0.25 }] });
    const nodes = await nodesOf(runId);
    for (const leaf of quantities.filter(({ instrumentId }) => moved.includes(instrumentId))) {
      expect(nodes.get(`leaf:${leaf.strategy}/${leaf.instrumentId}`)).toBeCloseTo(0.25 * weightOf(leaf), 12);
    }
  });

  it('refuses a shock of what neither the portfolio nor its model has, instead of no loss', async () => {
    for (const target of [
      { kind: 'sector', sector: 'Banks' },
      { kind: 'instrument', instrumentId: 'ZZZ' },
    ]) {
      expect(await failure({ kind: 'hypothetical', shocks: [{ target, return: -0.1 }] })).toBe(
        'STRESS.UNKNOWN_SHOCK_TARGET',
      );
    }
  });

  it('stresses volatilities and correlations: twice the volatility is twice the VaR, and the model stays possible', async () => {
    const doubled = (await finished({ kind: 'modelStress', volatilityMultiplier: 2 })).summary.results[0];
    expect(doubled?.loss).toBeCloseTo(2 * (doubled?.baseline ?? NaN), 12);
    expect(doubled?.baseline).toBeCloseTo((1.6448536269514722 * volatility(covariance, weights)) / Math.sqrt(252), 10);
    const pairs = [
      { first: 'AAA', second: 'BBB', correlation: 0.99 },
      { first: 'AAA', second: 'CCC', correlation: -0.99 },
      { first: 'BBB', second: 'CCC', correlation: 0.99 },
    ];
    const { runId, summary } = await finished({ kind: 'modelStress', correlation: { kind: 'set', pairs } });
    const nodes = await nodesOf(runId);
    const leaves = [...nodes].filter(([id]) => id.startsWith('leaf:')).reduce((sum, [, loss]) => sum + loss, 0);
    expect(leaves).toBeCloseTo(summary.results[0]?.loss ?? NaN, 12);
    expect(summary.results[0]?.loss).toBeGreaterThan(0);
  });

  it('finds the most plausible way to a loss, at loss / σ, and within bounds a farther one', async () => {
    const sigma = volatility(covariance, weights) / Math.sqrt(252);
    const free = (await finished({ kind: 'reverse', loss: 0.1 })).summary.results[0];
    expect(free?.loss).toBeCloseTo(0.1, 12);
    expect(free?.distance).toBeCloseTo(0.1 / sigma, 8);
    const bounds = [{ id: 'calm-market', of: { kind: 'market' }, lower: -0.01 }];
    const bound = (await finished({ kind: 'reverse', loss: 0.1, bounds })).summary.results[0];
    expect(bound?.loss).toBeCloseTo(0.1, 10);
    expect(bound?.distance).toBeGreaterThan(free?.distance ?? NaN);
  });

  it.each([
    [{ kind: 'normal' }],
    [{ kind: 'studentT', degreesOfFreedom: 4 }],
    [{ kind: 'filteredHistorical', days: 500 }],
    [{ kind: 'stationaryBootstrap', days: 500, meanBlockDays: 5 }],
  ])('simulates by %j: the same seed gives the same losses, by node too', async (generator) => {
    const request = { kind: 'monteCarlo', generator, paths: 20_000, horizonDays: 5, confidence: 0.95, seed: 7 };
    const [one, two] = [await finished(request), await finished(request)];
    expect(two.summary.results).toEqual(one.summary.results);
    const [result] = one.summary.results;
    const { distribution } = result!;
    expect(distribution).toMatchObject({ paths: 20_000, horizonDays: 5, seed: 7, generator: generator.kind });
    expect(result?.loss).toBe(distribution?.es);
    expect(distribution!.es).toBeGreaterThan(distribution!.var);
    const nodes = await nodesOf(one.runId);
    expect(nodes.get('portfolio')).toBeCloseTo(distribution!.es, 10);
    expect((nodes.get('strategy:core') ?? NaN) + (nodes.get('strategy:hedge') ?? NaN)).toBeCloseTo(
      distribution!.es,
      10,
    );
    if (generator.kind !== 'normal') return;
    const sigma = volatility(covariance, weights) / Math.sqrt(252);
    expect(distribution!.var).toBeGreaterThan(1.6449 * sigma * Math.sqrt(5) * 0.96);
    expect(distribution!.var).toBeLessThan(1.6449 * sigma * Math.sqrt(5) * 1.04);
  });

  it('says how risk moves with weights, volatilities and correlations', async () => {
    const { analysis } = await finished({ kind: 'sensitivities' });
    const found = analysis as unknown as {
      deviationDaily: number;
      instruments: { instrumentId: string; weight: number; toWeight: number }[];
      factors: unknown;
    };
    const sum = found.instruments.reduce((total, { weight, toWeight }) => total + weight * toWeight, 0);
    expect(sum).toBeCloseTo(found.deviationDaily, 12);
    expect(found.instruments.map(({ instrumentId }) => instrumentId)).toEqual(['AAA', 'BBB', 'CCC', 'NEW']);
    expect(found.factors).toBeNull();
  });

  it('fits the tail of past losses, with its shape and how sure it is of it', async () => {
    const { analysis } = await finished({ kind: 'tail', confidence: 0.99, days: 600 });
    const found = analysis as unknown as Record<string, number>;
    expect(found).toMatchObject({ observations: 600, proxied: ['NEW'] });
    expect(found['excesses']).toBeGreaterThanOrEqual(59);
    expect(found['es']).toBeGreaterThan(found['var'] ?? NaN);
    expect(found['shapeStandardError']).toBeGreaterThan(0);
    expect(found['var']).toBeGreaterThan(found['threshold'] ?? NaN);
  });

  it('leaves out what could not be known at its time unless asked, and then says so', async () => {
    const asOf = '2020-03-06T21:20:00.000Z';
    const past = (await finished({ kind: 'scenarios', asOf })).summary;
    expect(past.leftOut.map(({ scenarioId }) => scenarioId)).toEqual(['pandemic-2020', 'rates-2022']);
    const all = (
      await finished({ kind: 'scenarios', asOf, includeLater: true, scenarioIds: ['pandemic-2020', 'tightening-2018'] })
    ).summary;
    expect(all).toMatchObject({ includesLater: true, leftOut: [], results: [{ scenarioId: 'tightening-2018' }] });
    expect(all.problems).toMatchObject([{ scenarioId: 'pandemic-2020', code: 'STRESS.NO_HISTORY' }]);
  });

  it('replays any window of the past, and refuses one that the prices do not reach', async () => {
    const [start = '', end = ''] = [history[200], history[230]];
    const { summary } = await finished({ kind: 'historical', name: 'Some weeks', start, end });
    expect(summary.results[0]).toMatchObject({ scenarioName: 'Some weeks', window: { start, end, days: 30 } });
    expect(await failure({ kind: 'historical', start: '2008-01-02', end: '2008-03-03' })).toBe('STRESS.NO_HISTORY');
    expect(closes('AAA').size).toBe(700);
  });

  it('has a report as JSON, CSV and HTML, by format or by what the client accepts', async () => {
    const { runId } = await finished({ kind: 'scenarios', scenarioIds: ['tightening-2018'] });
    const path = `/v1/runs/${runId}/report`;
    expect(await world.call('GET', path, { as: viewer })).toMatchObject({
      status: 200,
      body: { run: { runId }, scenarios: [{ scenarioId: 'tightening-2018' }] },
    });
    expect((await world.call('GET', path, { as: viewer, accept: 'text/csv' })).text).toMatch(
      /^runId,portfolioId,asOf,/,
    );
    expect((await world.call('GET', `${path}?format=html`, { as: viewer })).text).toContain('<h1>Stress of P1</h1>');
    expect(await world.call('GET', path, { as: viewer, accept: 'image/png' })).toMatchObject({ status: 406 });
    expect(await world.call('GET', path, { as: narrow })).toMatchObject({ status: 404 });
  });

  it('is never told as finished without its results, though it ends between two looks', async () => {
    const runs = world.handle.service.get<RunsRepository>(RunsRepository);
    const find = runs.find.bind(runs);
    const { runId } = await world.submit({ portfolioId: 'P1', kind: 'reverse', loss: 0.06 });
    runs.find = async (id) => {
      runs.find = find;
      await until(async () => (await find(id))?.completedAt !== null);
      const after = await find(id);
      // As it stood a moment before.
      return after && { ...after, summary: null, completedAt: null };
    };
    expect((await world.call('GET', `/v1/runs/${runId}`)).body).toMatchObject({
      job: { state: 'succeeded' },
      summary: { results: [{ loss: expect.closeTo(0.06, 12) as number }] },
    });
  });

  it('is published once, with who asked for it', async () => {
    const { runId } = await finished({ kind: 'reverse', loss: 0.07 });
    const published = async () =>
      (await world.upstream.events(stressRunCompleted)).filter(({ data }) => data.runId === runId);
    // A run is finished before what its outbox holds is published.
    await until(async () => (await published()).length > 0);
    const events = await published();
    expect(events).toHaveLength(1);
    expect(events[0]?.data).toMatchObject({ cause: 'request', portfolioId: 'P1' });
  });

  it('ends within a second of its cancellation, inside a running simulation, and leaves no result', async () => {
    const request = { portfolioId: 'P1', kind: 'monteCarlo', paths: 5_000_000, horizonDays: 1 };
    const { runId, jobId } = await world.submit(request);
    await until(async () => (await world.job(runId)).progress > 0, 20_000);
    const asked = Date.now();
    expect((await world.call('POST', `/v1/jobs/${jobId}/cancel`)).status).toBe(202);
    await until(async () => (await world.job(runId)).state === 'cancelled', 5000);
    expect(Date.now() - asked).toBeLessThan(2000);
    expect(await world.call('GET', `/v1/runs/${runId}/nodes`)).toMatchObject({
      status: 409,
      body: { code: 'STRESS.RUN_NOT_FINISHED' },
    });
  });

  it('is finished by another instance when its own stops in the middle, with the same numbers', async () => {
    const request = { kind: 'monteCarlo', paths: 5_000_000, horizonDays: 1, seed: 11 };
    const persistence = world.handle.service.get<Persistence>(Persistence);
    // Up before the run begins: its start must not take longer than the run.
    const other = await world.handle.another();
    await other.start();
    const { runId } = await world.submit({ portfolioId: 'P1', ...request });
    await until(async () => (await world.job(runId)).progress > 0, 20_000);
    // What a killed instance leaves behind: a job that runs, under a lease that somebody else has taken since.
    await persistence.query(
      `UPDATE job SET lease_owner = 'killed', lease_epoch = lease_epoch + 1, lease_until = clock_timestamp() WHERE kind = 'stress.run' AND state = 'running'`,
    );
    const view = await world.ended<Finished>(runId);
    expect(view.job).toMatchObject({ state: 'succeeded', attempts: 2 });
    const direct = await finished(request);
    expect(view.summary.results).toEqual(direct.summary.results);
    const events = await world.upstream.events(stressRunCompleted);
    expect(events.filter(({ data }) => data.runId === runId)).toHaveLength(1);
  });

  it('is refused without the role, for a foreign portfolio, and with a body that makes no sense', async () => {
    const body = { kind: 'reverse', portfolioId: 'P1', loss: 0.1 };
    expect(await world.call('POST', '/v1/runs', { as: approver, body, key: 'x1' })).toMatchObject({
      status: 403,
      body: { code: 'ROLE_REQUIRED' },
    });
    expect(await world.call('POST', '/v1/runs', { as: narrow, body, key: 'x2' })).toMatchObject({ status: 404 });
    expect(await world.call('POST', '/v1/runs', { body: { ...body, loss: -1 }, key: 'x3' })).toMatchObject({
      status: 400,
    });
    expect(await world.call('POST', '/v1/runs', { body })).toMatchObject({ status: 400 });
    const { runId } = await world.submit(body);
    expect(await world.call('GET', `/v1/runs/${runId}`, { as: narrow })).toMatchObject({
      status: 404,
      body: { code: 'STRESS.UNKNOWN_RUN' },
    });
    expect(await failure({ kind: 'scenarios', scenarioIds: ['no-such'] })).toBe('STRESS.UNKNOWN_SCENARIO');
  });
});
