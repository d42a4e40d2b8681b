import { randomUUID } from 'node:crypto';
import {
  changeExplained,
  changeUnexplained,
  defaultRiskPolicy,
  type ChangeLine,
  type UtilizationSnapshot,
} from '@risk-budget/contracts';
import type { ChangeView, ExplanationSummary, ExplanationView } from '../../src/explanations/explanation.schemas.js';
import {
  breachOf,
  modelOf,
  planOf,
  positionsOf,
  prices,
  quantities,
  snapshotOf,
  treeOf,
  type Desk,
} from '../fixtures/desk.js';
import { World } from './world.js';

const day = (number: number, time = '21:00') => `2020-03-${String(number).padStart(2, '0')}T${time}:00.000Z`;
type Problem = { code: string };

const sum = (effects: readonly ChangeLine[]): number => effects.reduce((total, { value }) => total + value, 0);
const effect = ({ effects }: { effects: readonly ChangeLine[] }, name: string): number =>
  effects.find((line) => line.effect === name)?.value ?? Number.NaN;

describe('explained change', () => {
  let world: World;
  let taken: Record<'first' | 'repriced' | 'calmer' | 'traded' | 'replanned' | 'respecified', UtilizationSnapshot>;

  beforeAll(async () => {
    world = await World.start();
    await world.definePortfolio('DESK', day(2));
    await world.defineInstruments(day(2));
    await world.bars(day(2));
    const model = modelOf('DESK', day(2));
    const calm = modelOf('DESK', day(4), { scale: 0.25 });
    const other = { ...defaultRiskPolicy, policyId: 'other', model: { method: 'sample', windowDays: 250 } as const };
    const otherModel = modelOf('DESK', day(9), { policy: other, scale: 2 });
    const plan = planOf('DESK', [treeOf('volatility', 0.2, 0.12, 0.1)]);
    const tighter = planOf('DESK', [treeOf('volatility', 0.1, 0.06, 0.05)]);
    const changed = planOf('DESK', [treeOf('volatility', 0.1, 0.06, 0.05)], { policy: other });
    const { 'Income/BRAVO': _, ...held } = { ...quantities, 'Growth/ALPHA': 400 };
    await world.positions(positionsOf('DESK', day(2), 1));
    await world.positions(positionsOf('DESK', day(5), 2, held, 40_000));
    for (const one of [model, calm, otherModel]) await world.model(one);
    await world.plan(plan, day(2));
    await world.plan(tighter, day(6));
    await world.plan(changed, day(9));
    const marked = { ...prices, ALPHA: 104 };
    const of = (desk: Omit<Desk, 'portfolioId'>) => snapshotOf({ portfolioId: 'DESK', ...desk });
    const after = { prices: marked, model: calm, held, cash: 40_000, positionSequence: 2 };
    taken = {
      first: of({ asOf: day(2), sequence: 1, model, plan, positionSequence: 1 }),
      repriced: of({ asOf: day(3), sequence: 2, model, plan, positionSequence: 1, prices: marked }),
      calmer: of({ asOf: day(4), sequence: 3, model: calm, plan, positionSequence: 1, prices: marked }),
      traded: of({ ...after, asOf: day(5), sequence: 4, plan }),
      replanned: of({ ...after, asOf: day(6), sequence: 5, plan: tighter }),
      respecified: of({ ...after, asOf: day(9), sequence: 6, plan: changed, model: otherModel }),
    };
    for (const snapshot of Object.values(taken)) await world.snapshot(snapshot);
    for (const snapshot of Object.values(taken)) await world.untilRebuilt(snapshot);
  });
  afterAll(() => world.stop());

  const change = (from: UtilizationSnapshot, to: UtilizationSnapshot, query = '') =>
    world.request<ChangeView & Problem>(
      `/v1/portfolios/DESK/explained-change?fromSnapshotId=${from.snapshotId}&toSnapshotId=${to.snapshotId}${query}`,
    );

  describe('between two snapshots', () => {
    it.each([
      ['first', 'repriced', 'prices'],
      ['repriced', 'calmer', 'volatilities'],
      ['calmer', 'traded', 'quantities'],
      ['traded', 'replanned', 'budget'],
      ['replanned', 'respecified', 'specification'],
    ] as const)('from %s to %s it is all %s', async (from, to, source) => {
      const { status, body } = await change(taken[from], taken[to]);
      expect(status).toBe(200);
      expect(body.to - (body.from ?? 0)).not.toBe(0);
      for (const { effect: name, value } of body.effects) {
        expect(value).toBeCloseTo(name === source ? body.to - (body.from ?? 0) : 0, 12);
      }
    });

    it('sums exactly over sources, and over strategies, sectors and leaves, in the unit of the whole', async () => {
      const { body } = await change(taken.first, taken.respecified);
      const { volatilityAnnual } = taken.first.metrics;
      expect(body).toMatchObject({
        quantity: 'utilization',
        budgetFrom: 0.2,
        budgetTo: 0.1,
        fromSequence: 1,
        toSequence: 6,
      });
      expect(body.from).toBeCloseTo(volatilityAnnual / 0.2, 12);
      expect(body.to).toBeCloseTo(taken.respecified.metrics.volatilityAnnual / 0.1, 12);
      expect(sum(body.effects)).toBeCloseTo(body.to - (body.from ?? 0), 12);
      for (const node of body.nodes) {
        expect(sum(node.effects)).toBeCloseTo(node.to - node.from, 12);
        const children = body.nodes.filter(({ parentId }) => parentId === node.nodeId);
        if (children.length === 0) continue;
        expect(children.reduce((total, child) => total + child.from, 0)).toBeCloseTo(node.from, 12);
        expect(children.reduce((total, child) => total + child.to, 0)).toBeCloseTo(node.to, 12);
        for (const { effect: name, value } of node.effects) {
          expect(children.reduce((total, child) => total + effect(child, name), 0)).toBeCloseTo(value, 12);
        }
      }
      // A leaf that was sold is in the union, with nothing at the second snapshot.
      expect(body.nodes.find(({ nodeId }) => nodeId === 'leaf:Income/BRAVO')).toMatchObject({ to: 0 });
      expect(body.contributors[0]?.nodeId).toBe('leaf:Growth/ALPHA');
    });

    it('of a node below the portfolio stands against its own budget; of one without, in the measure’s unit', async () => {
      const growth = await change(taken.first, taken.traded, '&nodeId=strategy:Growth');
      expect(growth.body).toMatchObject({ quantity: 'utilization', budgetFrom: 0.12, budgetTo: 0.12 });
      const leaf = await change(taken.first, taken.traded, '&nodeId=leaf:Growth/ALPHA');
      expect(leaf.body).toMatchObject({
        quantity: 'consumption',
        budgetFrom: null,
        nodes: [{ nodeId: 'leaf:Growth/ALPHA' }],
      });
      const sector = await change(taken.first, taken.traded, '&nodeId=sectorTotal:Technology&measure=es');
      expect(sector.body.quantity).toBe('consumption');
      expect(sum(sector.body.effects)).toBeCloseTo(sector.body.to - (sector.body.from ?? 0), 13);
    });

    it('asks by moments as well, and from the snapshot before when nothing is said', async () => {
      const path = '/v1/portfolios/DESK/explained-change';
      const moments = await world.request<ChangeView>(`${path}?from=${day(2)}&to=${day(5)}`);
      expect(moments.body).toMatchObject({ fromSequence: 1, toSequence: 4 });
      const latest = await world.request<ChangeView>(path);
      expect(latest.body).toMatchObject({ fromSequence: 5, toSequence: 6 });
    });

    it('is reported as CSV and as a page', async () => {
      const ids = `fromSnapshotId=${taken.first.snapshotId}&toSnapshotId=${taken.traded.snapshotId}`;
      const csv = await world.request<string>(`/v1/portfolios/DESK/explained-change?${ids}&format=csv`);
      expect(csv.body).toContain(',volatility,utilization,strategy:Growth,portfolio,quantities,');
      const page = await world.request<string>(`/v1/portfolios/DESK/explained-change?${ids}&format=html`);
      expect(page.body).toContain('<th>correlations</th>');
    });

    it.each([
      ['without a token', '', { role: null }, 401, undefined],
      ['of a foreign portfolio', '', { portfolios: ['OTHER'] }, 404, 'NOT_FOUND'],
      ['from an unknown snapshot', `?fromSnapshotId=${randomUUID()}`, {}, 404, 'ATTRIBUTION.UNKNOWN_SNAPSHOT'],
      ['from before the first', '?from=2019-01-01T00:00:00.000Z', {}, 404, 'ATTRIBUTION.NO_SNAPSHOT'],
      ['backwards', `?from=${day(9)}&to=${day(2)}`, {}, 400, 'ATTRIBUTION.TIMES_IN_WRONG_ORDER'],
      ['of a node that nobody holds', '?nodeId=strategy:Nobody', {}, 404, 'ATTRIBUTION.UNKNOWN_NODE'],
      ['of a measure that is none', '?measure=weight', {}, 400, 'VALIDATION_FAILED'],
      ['of a measure that the portfolio does not have', '?measure=trackingError', {}, 422, 'ATTRIBUTION.NOT_DEFINED'],
    ] as const)('is refused %s', async (_, query, options, status, code) => {
      const path = `/v1/portfolios/DESK/explained-change${query}`;
      const answer = await world.request<Problem>(path, options as Parameters<World['request']>[1]);
      expect(answer.status).toBe(status);
      if (code !== undefined) expect(answer.body.code).toBe(code);
    });
  });

  describe('at a breach', () => {
    const explanationOf = async (breachId: string) => {
      await world.until(async () =>
        (await world.published(changeExplained, 'DESK')).some((one) => one.breachId === breachId),
      );
      return (await world.published(changeExplained, 'DESK')).filter((one) => one.breachId === breachId);
    };

    it('tells once what led from the last snapshot that held to the breaching one, however often the breach arrives', async () => {
      const breach = breachOf(taken.traded, taken.first);
      await world.breach(breach);
      await world.breach(breach);
      await world.breach({ ...breach, transition: 'acknowledged', state: 'acknowledged' });
      const found = await explanationOf(breach.breachId);
      expect(found).toMatchObject([
        {
          cause: 'breach',
          transition: 'opened',
          limitId: 'volatility',
          fromSnapshotId: taken.first.snapshotId,
          asOf: day(5),
        },
      ]);
      const [explanation] = found;
      expect(sum(explanation?.effects ?? [])).toBeCloseTo((explanation?.to ?? 0) - (explanation?.from ?? 0), 12);
      expect((explanation?.to ?? 0) * (explanation?.budgetTo ?? 0)).toBeCloseTo(breach.value, 12);
      const path = `/v1/portfolios/DESK/explanations/${explanation?.explanationId}`;
      const { body } = await world.request<ExplanationView>(path);
      expect(body).toEqual({ ...explanation, state: 'explained' });
      const list = await world.request<{ items: ExplanationSummary[] }>(
        `/v1/portfolios/DESK/explanations?breachId=${breach.breachId}`,
      );
      expect(list.body.items).toMatchObject([{ explanationId: explanation?.explanationId, state: 'explained' }]);
    });

    it('explains a limit on a weight by quantities and prices', async () => {
      const breach = breachOf(taken.traded, taken.first, {
        measure: 'weight',
        nodeId: 'instrument:ALPHA',
        limitId: 'weight',
      });
      await world.breach(breach);
      const [explanation] = await explanationOf(breach.breachId);
      expect(explanation).toMatchObject({ quantity: 'figure', nodes: [], budgetTo: null });
      expect(explanation?.from).toBeCloseTo(0.35, 12);
      expect(effect(explanation ?? { effects: [] }, 'quantities')).toBeGreaterThan(0);
      expect(effect(explanation ?? { effects: [] }, 'volatilities')).toBe(0);
      expect(sum(explanation?.effects ?? [])).toBeCloseTo((explanation?.to ?? 0) - (explanation?.from ?? 0), 12);
    });

    it('says who contributes to a limit that never held, without a change', async () => {
      const breach = breachOf(taken.first, null);
      await world.breach(breach);
      const [explanation] = await explanationOf(breach.breachId);
      expect(explanation).toMatchObject({ fromSnapshotId: null, from: null, effects: [] });
      expect(explanation?.contributors.reduce((total, { share }) => total + (share ?? 0), 0)).toBeCloseTo(1, 12);
    });

    it('tells of a limit that cannot be explained, with the reason', async () => {
      const breach = breachOf(taken.traded, taken.first, { measure: 'daysToLiquidate', limitId: 'liquidity' });
      await world.breach(breach);
      await world.until(async () => (await world.published(changeUnexplained, 'DESK')).length > 0);
      expect(await world.published(changeUnexplained, 'DESK')).toMatchObject([
        { breachId: breach.breachId, transition: 'opened', code: 'ATTRIBUTION.NOT_DEFINED' },
      ]);
    });

    it('waits for what stands behind a snapshot and arrives after its breach, over a restart, and tells once', async () => {
      const model = modelOf('DESK', day(12), { scale: 3 });
      const late = snapshotOf({ portfolioId: 'DESK', asOf: day(12), sequence: 7, positionSequence: 3, model });
      const breach = breachOf(late, taken.first);
      await world.breach(breach);
      await world.until(async () => (await world.attemptsAt(breach.breachId)) > 1);
      await world.handle.service.stop();
      const next = await world.handle.another();
      await next.start();
      await world.snapshot(late);
      await world.positions(positionsOf('DESK', day(12), 3));
      await world.model(model);
      const [explanation, ...more] = await explanationOf(breach.breachId);
      expect(more).toEqual([]);
      expect(explanation).toMatchObject({ fromSnapshotId: taken.first.snapshotId, toSnapshotId: late.snapshotId });
      // Three times the variance, and back at the first quantities and prices.
      expect(effect(explanation ?? { effects: [] }, 'volatilities')).toBeCloseTo(
        (explanation?.from ?? 0) * (Math.sqrt(3) - 1),
        12,
      );
    });
  });
});

describe('explained days', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start({ config: { CLOCK: 'replay', EXPLANATION_TIME: '22:00' } });
  });
  afterAll(() => world.stop());

  it('are told at their time, from close to close, once, and not where nothing has happened', async () => {
    await world.advance(day(2, '14:00'));
    await world.definePortfolio('DAILY', day(2, '14:00'));
    await world.defineInstruments(day(2, '14:00'));
    await world.bars(day(2, '14:00'));
    const model = modelOf('DAILY', day(2, '15:00'));
    await world.positions(positionsOf('DAILY', day(2, '15:00'), 1));
    await world.model(model);
    const of = (asOf: string, sequence: number, alpha: number) =>
      snapshotOf({
        ...{ portfolioId: 'DAILY', model, positionSequence: 1, asOf, sequence },
        prices: { ...prices, ALPHA: alpha },
      });
    const snapshots = [of(day(2), 1, 100), of(day(3, '15:00'), 2, 90), of(day(3), 3, 110)];
    for (const snapshot of snapshots) await world.snapshot(snapshot);
    for (const snapshot of snapshots) await world.untilRebuilt(snapshot);
    for (const [before, number] of [2, 3, 4, 5].entries()) {
      await world.advance(day(number, '22:00'));
      await world.until(async () => (await world.timersFired()) === before + 1);
    }
    await world.advance(day(5, '23:00'));
    const found = await world.published(changeExplained, 'DAILY');
    expect(found).toMatchObject([
      {
        cause: 'schedule',
        breachId: null,
        asOf: day(3, '22:00'),
        measure: 'volatility',
        quantity: 'consumption',
        fromSnapshotId: snapshots[0]?.snapshotId,
        toSnapshotId: snapshots[2]?.snapshotId,
      },
    ]);
  });
});
