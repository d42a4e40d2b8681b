import { agrees, renderReport } from '../src/report.js';
import { verify } from '../src/verify.js';
import { corrupted, failedChecks, run } from './corrupted.js';

describe('the verification', () => {
  it('passes a run that is right', () => {
    const report = verify(run.inputs, run.messages, run.rest);
    expect(renderReport(report)).toContain('Everything agrees.');
    expect(report.passed).toBe(true);
    expect(report.checks.reduce((sum, check) => sum + check.passed, 0)).toBeGreaterThan(1000);
  });

  it('fails on one figure of one snapshot that is off by a millionth', () => {
    const messages = corrupted('events/utilization.snapshots', 2, ({ data }) => {
      const metrics = data['metrics'] as Record<string, number>;
      metrics['volatilityAnnual'] = (metrics['volatilityAnnual'] ?? 0) * (1 + 1e-6);
    });
    expect(failedChecks(messages)).toEqual([
      'snapshots: volatility, VaR, ES, historical VaR and ES, tracking error, concentration',
    ]);
  });

  it('fails on one node whose consumption is off', () => {
    const messages = corrupted('events/utilization.snapshots', 1, ({ data }) => {
      const nodes = data['nodes'] as { nodeId: string; measures: { consumption: number }[] }[];
      const figures = nodes.find((node) => node.nodeId === 'strategy:growth')?.measures[0];
      if (figures !== undefined) figures.consumption += 1e-6;
    });
    expect(failedChecks(messages)).toEqual([
      'snapshots: consumption and stand-alone risk of every node',
      'contributions of children sum to their parent',
    ]);
  });

  it('fails on a breach that is missing', () => {
    const messages = run.messages.filter(
      (message) => !(message.topic === 'events/limits.breaches' && message.payload.includes('"resolved"')),
    );
    expect(failedChecks(messages)).toContain('breaches opened and resolved: none missing, none invented');
  });

  it('fails on a breach that is invented', () => {
    const messages = corrupted('events/limits.breaches', 0, ({ data }) => {
      data['limitId'] = 'ccc-weight';
    });
    const failed = failedChecks(messages);
    expect(failed).toContain('breaches opened and resolved: none missing, none invented');
  });

  it('fails on a breach with another value', () => {
    const messages = corrupted('events/limits.breaches', 1, ({ data }) => {
      data['value'] = (data['value'] as number) + 1e-6;
    });
    expect(failedChecks(messages)).toContain('breaches opened and resolved: none missing, none invented');
  });

  it('fails on a breach that nobody explains, and on one explained twice', () => {
    const explained = run.messages.filter(({ topic }) => topic === 'events/attribution.results');
    const once = 'one explanation for every breach that opened or worsened, none invented';
    expect(explained.length).toBeGreaterThan(1);
    expect(failedChecks(run.messages.filter((message) => message !== explained[0]))).toContain(once);
    const twice = corrupted('events/attribution.results', 1, ({ data }) => {
      const first = JSON.parse(explained[0]?.payload ?? '{}') as { data: Record<string, unknown> };
      Object.assign(data, { breachId: first.data['breachId'], asOf: first.data['asOf'] });
    });
    expect(failedChecks(twice)).toContain(once);
  });

  it('fails on an effect that is off by a millionth of the figure', () => {
    const messages = corrupted('events/attribution.results', 2, ({ data }) => {
      const [effect] = data['effects'] as { value: number }[];
      if (effect !== undefined) effect.value += 1e-7;
    });
    const sums = 'explained changes: effects sum to the change, parts to the whole, to rounding';
    const split = 'explained changes: the Shapley effect of every source, on the whole and on its parts';
    expect(failedChecks(messages)).toEqual([sums, split]);
    // What one source loses and another gains leaves the sum as it is.
    const moved = corrupted('events/attribution.results', 2, ({ data }) => {
      const [node] = data['nodes'] as { effects: { value: number }[] }[];
      for (const effects of [data['effects'] as { value: number }[], node?.effects ?? []]) {
        for (const [at, effect] of effects.slice(1, 3).entries()) effect.value += at === 0 ? 1e-6 : -1e-6;
      }
    });
    expect(failedChecks(moved)).toEqual([split]);
  });

  it('fails on an explanation of another figure than the snapshot’s', () => {
    const messages = corrupted('events/attribution.results', 0, ({ data }) => {
      data['to'] = (data['to'] as number) + 1e-6;
    });
    expect(failedChecks(messages)).toEqual(['explained changes: figures and budgets at both snapshots']);
  });

  it('fails on a breach explained from where its limit did not hold, and on a day from another snapshot than its last', () => {
    const [, , day] = run.messages.filter(({ topic }) => topic === 'events/attribution.results');
    const later = (JSON.parse(day?.payload ?? '{}') as { data: { toSnapshotId: string } }).data.toSnapshotId;
    const elsewhere = corrupted('events/attribution.results', 0, ({ data }) => {
      data['fromSnapshotId'] = later;
    });
    expect(failedChecks(elsewhere)).toContain('explained breaches start at the last snapshot in which the limit held');
    const early = corrupted('events/attribution.results', 2, ({ data }) => {
      data['toSnapshotId'] = data['fromSnapshotId'];
    });
    expect(failedChecks(early)).toContain('explained days: from close to close, without a gap');
  });

  it('fails on a contribution by REST that is off, and where nobody was asked', () => {
    const [finding] = run.rest.risk;
    const lines = finding?.lines.map((line, index) =>
      index === 0 ? { ...line, component: line.component + 1e-7 } : line,
    );
    const off = { ...run.rest, risk: finding === undefined || lines === undefined ? [] : [{ ...finding, lines }] };
    const sums = 'risk by REST: contributions sum to the total by every dimension and measure';
    expect(failedChecks(run.messages, off)).toEqual([
      sums,
      'risk by REST: contribution and stand-alone risk of every line',
    ]);
    expect(failedChecks(run.messages, { ...run.rest, risk: [] })).toEqual([sums]);
  });

  it('fails on an escalation that is an hour late', () => {
    const messages = corrupted('events/limits.breaches', 2, (envelope) => {
      envelope.data['at'] = (envelope.data['at'] as string).replace('T18:30', 'T19:30');
    });
    expect(failedChecks(messages)).toContain('breaches: legal transitions, waivers and deadlines to the instant');
  });

  it('fails on a limit that its proposer has approved', () => {
    const messages = corrupted('events/limits.definitions', 0, ({ data }) => {
      data['approvedBy'] = data['proposedBy'];
    });
    expect(failedChecks(messages)).toEqual(['four eyes on limits, plans and waivers']);
  });

  it('fails on a bar that is not in the files', () => {
    const messages = corrupted('upstream/market-data.bars', 39, ({ data }) => {
      const [bar] = data['bars'] as { close: string }[];
      if (bar !== undefined) bar.close = '100.5';
    });
    expect(failedChecks(messages)).toContain('bars on the topic are those of the input files with what is planted');
  });

  it('fails on an event that does not fit its schema', () => {
    const messages = corrupted('events/limits.notifications', 0, ({ data }) => {
      delete data['channel'];
    });
    expect(failedChecks(messages)).toContain('messages fit their envelope and schema');
  });

  it('fails on an event that is lost', () => {
    const lost = run.messages.findIndex((message) => message.topic === 'events/utilization.snapshots');
    const failed = failedChecks(run.messages.filter((_, index) => index !== lost));
    expect(failed).toContain('sequences without gaps per topic and key');
    expect(failed).toContain('everything published is on its topic, and settled by everybody who reads it');
  });

  it('fails on one element of one risk model that is off', () => {
    const messages = corrupted('events/forecasting.risk-models', 1, ({ data }) => {
      const rows = data['rows'] as { covariances: number[] }[];
      const row = rows[2]?.covariances;
      if (row?.[1] !== undefined) row[1] *= 1 + 1e-7;
    });
    expect(failedChecks(messages)).toEqual(['risk models: covariances, shrinkage, window, proxies and holes']);
  });

  it('fails on the loss of one node in one episode that is off, and on a worst day that is', () => {
    const messages = corrupted('events/stress.results', 1, ({ data }) => {
      const nodes = data['nodes'] as { nodeId: string; losses: number[] }[];
      const losses = nodes.find((node) => node.nodeId === 'leaf:growth/AAA')?.losses;
      if (losses?.[0] !== undefined) losses[0] += 1e-6;
    });
    expect(failedChecks(messages)).toEqual([
      'stress: loss of every node in every episode; children sum to their parent',
    ]);
    const worst = corrupted('events/stress.results', 0, ({ data }) => {
      const [result] = data['results'] as { worstDayLoss: number }[];
      if (result !== undefined) result.worstDayLoss *= 1 + 1e-6;
    });
    expect(failedChecks(worst)).toEqual([
      'stress: loss, worst point, worst day and ten days of every episode, from the closes',
    ]);
  });

  it('fails on an episode that nobody could know of yet, and on one that counts as no loss for want of prices', () => {
    const invented = (scenarioId: string) =>
      corrupted('events/stress.results', 2, ({ data }) => {
        const results = data['results'] as object[];
        results.push({ ...results[0], scenarioId });
      });
    const scope = 'stress: every episode that was over by then, none from the future';
    expect(failedChecks(invented('to-come'))).toContain(scope);
    expect(failedChecks(invented('before-all-prices'))).toContain(scope);
  });

  it('fails on the loss of a scenario of the desk that is off, on one that is left out, and on one that its proposer has approved', () => {
    const losses = 'scenarios of the desk: loss of every node, the rest by its expectation given the shocks';
    const scope = 'scenarios of the desk: approved by another, in every daily run from then on and none before';
    const off = corrupted('events/stress.results', 1, ({ data }) => {
      const result = (data['results'] as { distance: number | null }[]).at(-1);
      if (typeof result?.distance === 'number') result.distance *= 1 + 1e-6;
    });
    expect(failedChecks(off)).toEqual([losses]);
    const left = corrupted('events/stress.results', 1, ({ data }) => {
      const result = (data['results'] as { scenarioId: string }[]).at(-1);
      if (result !== undefined) result.scenarioId = 'another';
    });
    expect(failedChecks(left)).toEqual([scope]);
    const scenarios = run.rest.scenarios.map((scenario) => ({ ...scenario, approvedBy: scenario.proposedBy }));
    expect(failedChecks(run.messages, { ...run.rest, scenarios })).toEqual([scope]);
    const shocks = run.rest.scenarios.map((scenario) => ({ ...scenario, shocks: scenario.shocks.slice(0, 1) }));
    expect(failedChecks(run.messages, { ...run.rest, scenarios: shocks })).toEqual([losses]);
  });

  it('fails on a day without a stress run, and on one with two', () => {
    const runs = run.messages.filter(({ topic }) => topic === 'events/stress.results');
    const check = 'stress: one run of every portfolio on every day';
    expect(failedChecks(run.messages.filter((message) => message !== runs[1]))).toContain(check);
    const twice = corrupted('events/stress.results', 1, ({ data }) => {
      data['asOf'] = (JSON.parse(runs[0]?.payload ?? '{}') as { data: { asOf: string } }).data.asOf;
    });
    expect(failedChecks(twice)).toContain(check);
  });

  it('fails on a key that is still parked, and on a chain that was changed', () => {
    const [service] = run.rest.services;
    if (service === undefined) throw new Error('no service');
    const parked = { ...run.rest, services: [{ ...service, parkedKeys: 1 }] };
    expect(failedChecks(run.messages, parked)).toEqual([
      'no unpublished outbox row, no unfinished inbox row, no parked key, no dead letter',
    ]);
    const entry = {
      chain: 'CORE',
      position: 1,
      previous: '0'.repeat(64),
      action: 'limit.approved',
      hash: 'f'.repeat(64),
    };
    const chain = { chain: 'CORE', valid: true, length: 1, head: 'f'.repeat(64), entries: [entry] };
    expect(failedChecks(run.messages, { ...run.rest, services: [{ ...service, auditChains: [chain] }] })).toEqual([
      'audit chains by their route and hash by hash',
    ]);
  });
});

describe('the rule of agreement', () => {
  it('is a billionth of the largest of the figure, the scale and 1e-12', () => {
    expect(agrees(1 + 0.9e-9, 1)).toBe(true);
    expect(agrees(1 + 1.1e-9, 1)).toBe(false);
    expect(agrees(1e-9, 0)).toBe(false);
    expect(agrees(1e-9, 0, 1)).toBe(true);
    expect(agrees(undefined, null)).toBe(true);
    expect(agrees(0, null)).toBe(false);
  });
});
