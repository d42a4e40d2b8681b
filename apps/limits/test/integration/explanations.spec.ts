import { randomUUID } from 'node:crypto';
import { changeExplained, changeUnexplained, type ChangeExplanation } from '@risk-budget/contracts';
import type { BreachWithHistory } from '../../src/breaches/breach.schemas.js';
import { World } from './world.js';

const day = (number: number) => `2020-03-${String(number).padStart(2, '0')}T21:00:00.000Z`;

describe('what explains a breach', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
    await world.advance(day(2));
    await world.definePortfolio('P1');
    await world.limit({ limitId: 'vol', portfolioId: 'P1', hysteresis: 0.1 });
    await world.limit({
      limitId: 'never',
      portfolioId: 'P1',
      severity: 'hard',
      bound: { kind: 'absolute', value: 0.01 },
    });
    for (const [index, volatility] of [0.1, 0.15, 0.25].entries())
      await world.snapshot('P1', volatility, day(3 + index));
  });
  afterAll(() => world.stop());

  const shown = async (limitId: string): Promise<BreachWithHistory> =>
    world.ok(`/v1/breaches/${(await world.breach(limitId)).breachId}`);

  const explanationOf = (breach: BreachWithHistory, change: Partial<ChangeExplanation> = {}): ChangeExplanation => ({
    explanationId: randomUUID(),
    portfolioId: 'P1',
    cause: 'breach',
    breachId: breach.breachId,
    limitId: breach.limitId,
    transition: 'opened',
    asOf: breach.openedAt,
    measure: 'volatility',
    nodeId: 'portfolio',
    quantity: 'consumption',
    fromSnapshotId: breach.heldSnapshotId,
    toSnapshotId: breach.snapshotId,
    fromAsOf: day(4),
    toAsOf: day(5),
    from: 0.15,
    to: 0.25,
    budgetFrom: null,
    budgetTo: null,
    effects: [
      { effect: 'prices', value: 0.02 },
      { effect: 'volatilities', value: 0.08 },
    ],
    contributors: [{ nodeId: 'leaf:Growth/KO', contribution: 0.25, share: 1 }],
    nodes: [{ nodeId: 'portfolio', parentId: null, from: 0.15, to: 0.25, effects: [] }],
    codeVersion: 'test',
    ...change,
  });

  it('starts at the last snapshot in which the limit held; there is none for one that never did', async () => {
    const events = await world.breachEvents('P1');
    const opened = events.find(({ limitId }) => limitId === 'vol');
    expect(opened).toMatchObject({ measure: 'volatility', budgetMeasure: null });
    expect(opened?.heldSnapshotId).toEqual(expect.any(String));
    expect(opened?.heldSnapshotId).not.toBe(opened?.snapshotId);
    expect(events.find(({ limitId }) => limitId === 'never')).toMatchObject({ heldSnapshotId: null });
  });

  it('is pending until it has come, then stands with the breach, the first one for good', async () => {
    const breach = await shown('vol');
    expect(breach.explanations).toEqual([{ transition: 'opened', at: day(5), explanation: { state: 'pending' } }]);
    const explanation = explanationOf(breach);
    await world.publish(changeExplained, day(5), explanation);
    await world.publish(changeExplained, day(5), { ...explanation, explanationId: randomUUID(), to: 9 });
    await world.settled();
    const { explanations } = await shown('vol');
    expect(explanations).toMatchObject([
      {
        transition: 'opened',
        explanation: {
          state: 'explained',
          explanationId: explanation.explanationId,
          to: 0.25,
          effects: explanation.effects,
        },
      },
    ]);
    // The parts stand in attribution.
    expect(explanations[0]?.explanation).not.toHaveProperty('nodes');
  });

  it('says why there is none, and keeps apart what is about no breach', async () => {
    const breach = await shown('never');
    const { explanationId, portfolioId, cause, breachId, limitId, transition, asOf, measure, nodeId, toSnapshotId } =
      explanationOf(breach);
    await world.publish(changeUnexplained, day(3), {
      ...{ explanationId, portfolioId, cause, breachId, limitId, transition, asOf, measure, nodeId, toSnapshotId },
      ...{ code: 'ATTRIBUTION.INPUT_GONE', detail: 'The risk model is not here.' },
    });
    await world.publish(
      changeExplained,
      day(5),
      explanationOf(breach, { cause: 'schedule', breachId: null, limitId: null, transition: null }),
    );
    await world.settled();
    expect((await shown('never')).explanations).toMatchObject([
      { explanation: { state: 'unexplained', code: 'ATTRIBUTION.INPUT_GONE' } },
    ]);
  });
});
