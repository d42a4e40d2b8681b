import { correlationsForecast, correlationsScored, type CorrelationsForecast } from '@risk-budget/contracts';
import {
  covarianceFrom,
  covarianceLoss,
  createReturns,
  dieboldMariano,
  ewmaCovariance,
  filterDcc,
  filterGarch,
  fitCompositeDcc,
  fitGarch,
  type Returns,
} from '@risk-budget/risk-math';
import { later, type World } from './world.js';

const SET = 'XNYS-instrument-USD';
const SUBJECTS = ['BENCH', 'AAA', 'BBB'];
const INSTRUMENTS = ['MKT', 'AAA', 'BBB'];

/** How subjects will move together. */
export function correlations(world: () => World): void {
  const made = async () => (await world().upstream.events(correlationsForecast)).map(({ data }) => data);
  const columnsOf = async (end: string) => Promise.all(INSTRUMENTS.map((id) => world().returnsOf({ [id]: 1 }, end)));
  const side = (columns: readonly Float64Array[]): Returns =>
    createReturns(
      Float64Array.from(
        { length: columns.length * columns[0]!.length },
        (_, at) => columns[at % 3]![Math.floor(at / 3)]!,
      ),
      columns[0]!.length,
      columns.length,
    );
  const matrix = (one: CorrelationsForecast, method: string, days: number) =>
    one.matrices.find(({ method: of, horizonDays }) => of === method && horizonDays === days)!;
  const full = (lower: readonly number[]) =>
    Float64Array.of(1, lower[0]!, lower[1]!, lower[0]!, 1, lower[2]!, lower[1]!, lower[2]!, 1);

  it('of what is held and of its market have the numbers of a direct computation, by EWMA and by DCC', async () => {
    const [first] = await made();
    expect(first).toMatchObject({ kind: 'instrument', setId: SET, asOf: '2020-03-06T21:00:00.000Z' });
    expect(first!.subjects.map(({ subjectId }) => subjectId)).toEqual(SUBJECTS);
    const columns = await columnsOf('2020-03-06T21:15:00.000Z');
    const { values } = ewmaCovariance(side(columns), { lambda: 0.94 });
    const ewma = matrix(first!, 'ewma', 1).correlations;
    expect(ewma[0]).toBeCloseTo(values[1]! / Math.sqrt(values[0]! * values[4]!), 12);
    expect(matrix(first!, 'ewma', 20).correlations).toEqual(ewma);
    const garch = { model: 'garch', innovations: 'normal', mean: 'zero' } as const;
    const residuals = side(
      columns.map((column) => filterGarch(column, garch, fitGarch(column, garch).parameters).standardisedResiduals),
    );
    const fit = fitCompositeDcc(residuals);
    expect(first!.fit).toMatchObject({ a: fit.a, b: fit.b });
    const { next, longRun } = filterDcc(residuals, fit);
    const dcc = (days: number) => matrix(first!, 'dcc', days).correlations;
    expect(dcc(1)[0]).toBeCloseTo(next[1]!, 10);
    const kept = fit.a + fit.b;
    const mean = longRun[1]! + ((next[1]! - longRun[1]!) * (1 - kept ** 20)) / (20 * (1 - kept));
    expect(dcc(20)[0]).toBeCloseTo(mean, 10);
  });

  it('go on with the parameters of the last fit, and are not made twice for a day', async () => {
    const all = await made();
    expect(new Set(all.map(({ asOf }) => asOf)).size).toBe(all.length);
    const fits = all.map(({ fit }) => fit?.fitId);
    expect(new Set(fits.slice(0, 10)).size).toBe(1);
    expect(fits[10]).not.toBe(fits[9]);
    const { body } = await world().call(`/v1/correlation-fits/${fits[0]}`);
    expect(body).toMatchObject({ setId: SET, a: all[0]!.fit!.a, b: all[0]!.fit!.b });
  });

  it('are scored once when their horizon has passed, by the cross products of its days', async () => {
    const [first] = await made();
    const scored = (await world().upstream.events(correlationsScored)).flatMap(({ data }) => data.scored);
    expect(new Set(scored.map((one) => `${one.forecastId}/${one.horizonDays}`)).size).toBe(scored.length);
    const own = scored.filter(({ forecastId }) => forecastId === first!.forecastId);
    expect(own.map(({ horizonDays, overlapping }) => [horizonDays, overlapping])).toEqual([
      [1, false],
      [5, false],
    ]);
    const columns = await columnsOf(`${later[4]}T21:15:00.000Z`);
    for (const { horizonDays, scores } of own) {
      const days = side(columns.map((column) => column.slice(419, 419 + horizonDays)));
      for (const { method, qlike, squaredError } of scores) {
        const { correlations: lower, variances } = matrix(first!, method, horizonDays);
        const loss = covarianceLoss(covarianceFrom(full(lower), Float64Array.from(variances)).values, days);
        expect(qlike).toBeCloseTo(loss.qlike, 9);
        expect(squaredError / loss.squaredError).toBeCloseTo(1, 8);
      }
    }
  });

  it('are read by set, by pair and as of a moment, and judged against EWMA', async () => {
    const { call } = world();
    const [first] = await made();
    expect((await call('/v1/correlations')).body.items).toMatchObject([{ setId: SET, leftOut: 0 }]);
    const asOf = '2020-03-06T22:00:00.000Z';
    expect(await call(`/v1/correlations/${SET}/latest?asOf=${asOf}`)).toMatchObject({
      status: 200,
      body: { forecastId: first!.forecastId, matrices: first!.matrices },
    });
    const pairs = await call(`/v1/correlations/${SET}/pairs?asOf=${asOf}&subjectId=BBB&limit=1`);
    expect(pairs.body.items).toMatchObject([{ first: { subjectId: 'BENCH' }, second: { subjectId: 'BBB' } }]);
    const rest = await call(
      `/v1/correlations/${SET}/pairs?asOf=${asOf}&subjectId=BBB&limit=5&cursor=${String(pairs.body['nextCursor'])}`,
    );
    expect(rest.body.items).toMatchObject([{ first: { subjectId: 'AAA' }, second: { subjectId: 'BBB' } }]);
    expect(rest.body.items?.[0]?.['correlations']).toContainEqual({
      method: 'dcc',
      horizonDays: 5,
      correlation: matrix(first!, 'dcc', 5).correlations[2],
    });
    expect(await call(`/v1/correlations/${SET}/latest?asOf=2020-03-06T20:00:00.000Z`)).toMatchObject({
      status: 404,
      body: { code: 'FORECASTING.NO_FORECAST' },
    });
    const { body: list } = await call(`/v1/correlations/${SET}/scores?horizonDays=1&limit=500`);
    const scores = (list.items ?? []).reverse() as unknown as { scores: { method: string; qlike: number }[] }[];
    const losses = (method: string) =>
      Float64Array.from(scores, (one) => one.scores.find((score) => score.method === method)?.qlike ?? NaN);
    const { body: result } = await call(`/v1/correlations/${SET}/accuracy?horizonDays=1`);
    expect(result).toMatchObject({ scores: scores.length, independentScores: scores.length });
    expect(result['methods']).toMatchObject([
      { method: 'ewma', observations: scores.length, dieboldMariano: null },
      {
        method: 'dcc',
        dieboldMariano: { statistic: dieboldMariano(losses('dcc'), losses('ewma'), 1).statistic },
      },
    ]);
  });
}
