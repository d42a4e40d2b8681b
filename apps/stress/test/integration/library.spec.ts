import { scenarioWanted } from '@risk-budget/contracts';
import { Persistence } from '@risk-budget/persistence';
import { approver, both, riskManager, viewer, World } from './world.js';

const content = {
  name: 'Oil doubles',
  knownFrom: '2020-01-02',
  definition: {
    kind: 'hypothetical',
    shocks: [{ target: { kind: 'sector', sector: 'Energy' }, return: -0.3 }],
  },
};

interface View {
  revision: number;
  inForce: { version: number; content: { name: string } } | null;
  proposed: { version: number; proposedBy: { subject: string }; change: string } | null;
  latest: { status: string };
}

describe('the scenario library', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.start();
  }, 120_000);
  afterAll(() => world.stop());

  const get = async (id: string): Promise<View> =>
    (await world.call('GET', `/v1/scenarios/${id}`, { as: viewer })).body as unknown as View;
  const create = (scenarioId: string, key = scenarioId, body: object = content) =>
    world.call('POST', '/v1/scenarios', { body: { scenarioId, content: body }, key });

  it('comes filled with ten dated episodes, each known from the day after its last', async () => {
    const { status, body } = await world.call('GET', '/v1/scenarios?limit=50', { as: viewer });
    expect(status).toBe(200);
    const items = body['items'] as unknown as {
      scenarioId: string;
      inForce: { source: string; content: { knownFrom: string; definition: { start: string; end: string } } };
    }[];
    expect(items.map(({ scenarioId }) => scenarioId)).toEqual([
      'credit-2007',
      'debt-2011',
      'dotcom-2000',
      'gulf-1990',
      'ltcm-1998',
      'pandemic-2020',
      'rates-2022',
      'tightening-2018',
      'volatility-2018',
      'yuan-2015',
    ]);
    for (const { inForce } of items) {
      expect(inForce.source).toBe('builtIn');
      const { knownFrom, definition } = inForce.content;
      expect(Date.parse(knownFrom) - Date.parse(definition.end)).toBe(86_400_000);
      expect(definition.start < definition.end).toBe(true);
    }
  });

  it('counts a scenario only when somebody else has approved it', async () => {
    const created = await create('oil');
    expect(created).toMatchObject({ status: 201, etag: '"1"', body: { inForce: null, proposed: { version: 1 } } });
    expect(await world.call('POST', '/v1/scenarios/oil/approval', { as: riskManager, ifMatch: '*' })).toMatchObject({
      status: 403,
      body: { code: 'ROLE_REQUIRED' },
    });
    const approved = await world.call('POST', '/v1/scenarios/oil/approval', { as: approver, ifMatch: '"1"' });
    expect(approved).toMatchObject({ status: 200, etag: '"2"', body: { inForce: { version: 1 }, proposed: null } });
  });

  it('answers the same attempt to create with the first answer, and another scenario by its id with a conflict', async () => {
    const first = await create('twice', 'twice-1');
    expect(await create('twice', 'twice-1')).toMatchObject({ status: 201, text: first.text });
    expect(await create('twice', 'twice-2')).toMatchObject({ status: 409, body: { code: 'STRESS.SCENARIO_EXISTS' } });
    expect(await create('twice-more', 'twice-1')).toMatchObject({ status: 422 });
  });

  it('lets nobody approve what they have written, whatever roles they have', async () => {
    await world.call('POST', '/v1/scenarios', { as: both, body: { scenarioId: 'own', content }, key: 'own' });
    for (const decision of ['approval', 'rejection']) {
      const body = decision === 'rejection' ? { reason: 'no' } : undefined;
      const options = { as: both, ifMatch: '*', ...(body === undefined ? {} : { body }) };
      expect(await world.call('POST', `/v1/scenarios/own/${decision}`, options)).toMatchObject({
        status: 403,
        body: { code: 'STRESS.OWN_APPROVAL' },
      });
    }
    await world.call('PUT', '/v1/scenarios/own', { body: content, ifMatch: '*' });
    expect(await world.call('POST', '/v1/scenarios/own/approval', { as: both, ifMatch: '*' })).toMatchObject({
      body: { code: 'STRESS.OWN_APPROVAL' },
    });
  });

  it('keeps the second pair of eyes in the database too', async () => {
    await create('database', 'database');
    const persistence = world.handle.service.get<Persistence>(Persistence);
    const approve = (by: string) =>
      persistence.query(
        `UPDATE scenario_version SET status = 'active', in_force_from = now(), approved_at = now(), approved_by = ${by} WHERE scenario_id = 'database'`,
      );
    await expect(approve('proposed_by')).rejects.toThrow(/scenario_version_four_eyes/);
    await expect(approve('NULL')).rejects.toThrow(/scenario_version_approved/);
  });

  it('keeps what is in force until a revision is approved, and says when somebody decides on what has changed since', async () => {
    const { revision } = await get('oil');
    const renamed = { ...content, name: 'Oil triples' };
    const revised = await world.call('PUT', '/v1/scenarios/oil', { body: renamed, ifMatch: `"${revision}"` });
    expect(revised).toMatchObject({ status: 200, body: { inForce: { version: 1 }, proposed: { version: 2 } } });
    expect(await world.call('PUT', '/v1/scenarios/oil', { body: renamed, ifMatch: `"${revision}"` })).toMatchObject({
      status: 412,
      body: { code: 'PRECONDITION_FAILED' },
    });
    expect(await world.call('PUT', '/v1/scenarios/oil', { body: renamed })).toMatchObject({ status: 428 });
    await world.call('POST', '/v1/scenarios/oil/approval', { as: approver, ifMatch: '*' });
    expect(await get('oil')).toMatchObject({ inForce: { version: 2, content: { name: 'Oil triples' } } });
    const { body } = await world.call('GET', '/v1/scenarios/oil/versions', { as: viewer });
    expect(body).toMatchObject({
      items: [
        { version: 1, status: 'superseded' },
        { version: 2, status: 'active' },
      ],
    });
    expect(await world.call('POST', '/v1/scenarios/oil/approval', { as: approver, ifMatch: '*' })).toMatchObject({
      status: 409,
      body: { code: 'STRESS.NOTHING_PROPOSED' },
    });
  });

  it('retires a scenario, an episode it came with included, by two people', async () => {
    const retire = (key: string) =>
      world.call('POST', '/v1/scenarios/yuan-2015/retirement', { body: { reason: 'Too short to matter' }, key });
    expect(await retire('r1')).toMatchObject({
      status: 201,
      body: { proposed: { change: 'retired' }, inForce: { version: 1 } },
    });
    await world.call('POST', '/v1/scenarios/yuan-2015/approval', { as: approver, ifMatch: '*' });
    expect(await get('yuan-2015')).toMatchObject({ inForce: null, latest: { status: 'retired' } });
    expect(await retire('r2')).toMatchObject({ status: 409, body: { code: 'STRESS.NOTHING_IN_FORCE' } });
  });

  it('rejects a proposal, with the reason', async () => {
    await create('bad-idea', 'bad-idea');
    const options = { as: approver, ifMatch: '*', body: { reason: 'Too mild' } };
    expect(await world.call('POST', '/v1/scenarios/bad-idea/rejection', options)).toMatchObject({
      status: 200,
      body: { inForce: null, latest: { status: 'rejected', rejectionReason: 'Too mild' } },
    });
  });

  it.each([
    [
      'an episode that would be known before it is over',
      { ...content, definition: { kind: 'historical', start: '2020-01-02', end: '2020-02-03' } },
    ],
    [
      'an episode that ends before it starts',
      { ...content, definition: { kind: 'historical', start: '2019-12-02', end: '2019-11-04' } },
    ],
    ['a shock of nothing', { ...content, definition: { kind: 'hypothetical', shocks: [] } }],
    [
      'a loss of more than everything',
      { ...content, definition: { kind: 'hypothetical', shocks: [{ target: { kind: 'market' }, return: -1.5 }] } },
    ],
    ['a stress of nothing', { ...content, definition: { kind: 'modelStress' } }],
    [
      'a correlation beyond 1',
      {
        ...content,
        definition: {
          kind: 'modelStress',
          correlation: { kind: 'set', pairs: [{ first: 'AAA', second: 'BBB', correlation: 1.2 }] },
        },
      },
    ],
  ])('refuses %s', async (_, body) => {
    expect(await create('refused', `refused-${_}`.slice(0, 60).replaceAll(' ', '-'), body)).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED' },
    });
  });

  it('takes what other services want as proposals of theirs; the same twice is one', async () => {
    const wanted = {
      scenarioId: 'tariffs',
      name: 'Tariffs',
      shocks: [{ target: { kind: 'market' as const }, return: -0.12 }],
      knownFrom: '2020-03-01',
      source: 'News desk',
    };
    await world.upstream.publish(scenarioWanted, '2020-03-06T21:16:00.000Z', wanted, wanted);
    await world.upstream.settled();
    const view = await get('tariffs');
    expect(view).toMatchObject({
      inForce: null,
      proposed: { version: 1, change: 'created', proposedBy: { subject: 'service:test' } },
    });
    await world.upstream.publish(scenarioWanted, '2020-03-06T21:17:00.000Z', {
      ...wanted,
      shocks: [{ target: { kind: 'market' as const }, return: -0.2 }],
    });
    await world.upstream.settled();
    expect(await get('tariffs')).toMatchObject({ proposed: { version: 2, change: 'revised' } });
    expect(await world.call('POST', '/v1/scenarios/tariffs/approval', { as: approver, ifMatch: '*' })).toMatchObject({
      status: 200,
      body: { inForce: { version: 2 } },
    });
  });

  it('keeps an audit trail of proposals and decisions', async () => {
    const persistence = world.handle.service.get<Persistence>(Persistence);
    const found = await persistence.query<{ action: string }>(
      `SELECT action FROM audit_entry WHERE subject = 'oil' ORDER BY position`,
    );
    expect(found.map(({ action }) => action)).toEqual([
      'scenario.proposed',
      'scenario.approved',
      'scenario.revisionProposed',
      'scenario.approved',
    ]);
  });
});
