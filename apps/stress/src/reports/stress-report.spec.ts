import type { StressResult } from '@risk-budget/contracts';
import type { FinishedRun } from '../runs/runs.service.js';
import { stressReportCsv, stressReportHtml, stressReportOf } from './stress-report.js';

const result = (scenarioId: string, loss: number, scenarioName = scenarioId): StressResult => ({
  kind: 'historical',
  scenarioId,
  scenarioVersion: 1,
  scenarioName,
  knownFrom: '2018-12-25',
  window: { start: '2018-09-20', end: '2018-12-24', days: 65 },
  loss,
  worstPointLoss: loss,
  worstDayLoss: 0.02,
  worstTenDayLoss: 0.05,
  baseline: null,
  distance: null,
  distribution: null,
  ownShare: 0.9,
  proxiedShare: 0.1,
  proxied: ['NEW'],
});

const finished: FinishedRun = {
  summary: {
    runId: '3f0e7f3e-3b60-4b59-8f42-1d9d1a0d4c01',
    portfolioId: 'P1',
    asOf: '2020-03-06T21:30:00.000Z',
    cause: 'schedule',
    state: 'incomplete',
    includesLater: false,
    leftOut: [{ scenarioId: 'rates-2022', knownFrom: '2022-10-13' }],
    problems: [{ scenarioId: 'gulf-1990', code: 'STRESS.NO_HISTORY', detail: 'No prices <then>.' }],
    nav: 1_000_000,
    lineage: {
      positionSequence: 3,
      priceTime: '2020-03-06T21:00:00.000Z',
      modelId: '3f0e7f3e-3b60-4b59-8f42-1d9d1a0d4c02',
      policyId: 'default',
      policyVersion: 1,
      codeVersion: 'test',
    },
    results: [result('mild', 0.05), result('severe', 0.3, 'Shares & <bonds>')],
  },
  nodes: [
    { nodeId: 'portfolio', parentId: null, kind: 'portfolio', weight: 0.9, losses: [0.05, 0.3] },
    { nodeId: 'strategy:hedge', parentId: 'portfolio', kind: 'strategy', weight: -0.1, losses: [0.01, -0.04] },
  ],
};

describe('a stress report', () => {
  it('has the largest loss first, and each node under the scenario that hurts it most', () => {
    const report = stressReportOf(finished);
    expect(report.scenarios.map(({ scenarioId }) => scenarioId)).toEqual(['severe', 'mild']);
    expect(report.worst).toMatchObject([
      { nodeId: 'portfolio', scenarioId: 'severe', loss: 0.3 },
      { nodeId: 'strategy:hedge', scenarioId: 'mild', loss: 0.01 },
    ]);
  });

  it('is as CSV a row for each node and scenario', () => {
    const lines = stressReportCsv(stressReportOf(finished)).trimEnd().split('\r\n');
    expect(lines).toHaveLength(1 + 4);
    expect(lines[4]).toMatch(
      /,severe,Shares & <bonds>,historical,2018-09-20,2018-12-24,strategy:hedge,portfolio,strategy,-0.1,-0.04,0.1$/,
    );
  });

  it('is as HTML a page on which names are text, with what was left out and what has no figure', () => {
    const html = stressReportHtml(stressReportOf(finished));
    expect(html).toContain('<td>Shares &amp; &lt;bonds&gt;</td>');
    expect(html).not.toMatch(/<bonds>|<then>|<script/);
    expect(html).toContain('rates-2022 (known from 2022-10-13)');
    expect(html).toContain('gulf-1990: No prices &lt;then&gt;.');
  });
});
