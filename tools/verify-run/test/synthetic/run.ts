import type { RestFindings } from '../../src/inputs/rest-findings.js';
import type { RunInputs } from '../../src/inputs/script-files.js';
import type { LoggedMessage } from '../../src/events/run-events.js';
import { accuraciesOf, forecastPolicy } from './accuracy.js';
import { budgetReportOf } from './budget-reports.js';
import { breach, standing, step } from './breaches.js';
import { accuracyOfChances, giveChances } from './chances.js';
import { answerClock } from './clock.js';
import { BudgetFollower } from './dynamic-policy.js';
import { explainDay } from './explanations.js';
import { Forecaster, outlook } from './forecasts.js';
import { publishLimits } from './limits.js';
import { publishCloses, publishHistory, sell } from './market.js';
import { publishModel } from './models.js';
import { names, Recorder } from './recorder.js';
import { riskByStrategy } from './risk.js';
import { publishSnapshot } from './snapshots.js';
import { metalsFall, publishStress } from './stress.js';
import { stressAnswersOf } from './stress-answers.js';
import { preTradeOf, scriptedCheck, whatIfOf } from './trades.js';
import { performanceOf, stateReturns } from './performance.js';

/** A small run that is right: three names, four days, one soft breach that is escalated and waived, one hard one that is remediated. */
export interface SyntheticRun {
  readonly inputs: RunInputs;
  readonly messages: LoggedMessage[];
  readonly rest: RestFindings;
}

/** Weekdays from 2019-11-18 on. */
function weekdays(count: number): string[] {
  const days: string[] = [];
  for (let time = Date.parse('2019-11-18'); days.length < count; time += 86_400_000) {
    const date = new Date(time);
    if (date.getUTCDay() % 6 !== 0) days.push(date.toISOString().slice(0, 10));
  }
  return days;
}

function syntheticInputs(): RunInputs {
  const days = weekdays(40);
  const closes = new Map(
    days.map((day, t) => [
      day,
      new Map(names.map((name, i) => [name, (100 + 10 * i + 3 * Math.sin(t * (1.1 + i) + i) + t / 10).toFixed(3)])),
    ]),
  );
  const [historyEnd = '', ...replayed] = days.slice(-5);
  return {
    world: {
      firstDay: replayed[0] ?? '',
      lastDay: replayed.at(-1) ?? '',
      historyEnd,
      closeTime: '21:00:00.000Z',
      modelTime: '21:30:00.000Z',
      stressTime: '21:45:00.000Z',
      predictions: [outlook],
      portfolios: [],
      shows: ['soft', 'hard', 'twoSteps', 'worsened', 'waived', 'waiverExpired', 'remediatedAndResolved'],
    },
    faults: [],
    desk: [
      { at: `${historyEnd}T21:35:00.000Z`, do: 'activatePlan' },
      scriptedCheck(`${replayed[1] ?? ''}T22:00:00.000Z`),
    ],
    performancePaths: ['/v1/portfolios/FUND/performance-attribution'],
    reportMoments: [1, 3].map((at) => `${replayed[at] ?? ''}T23:00:00.000Z`),
    closes,
    episodes: [
      { scenarioId: 'before-all-prices', start: '2010-01-04', end: '2010-03-05' },
      { scenarioId: 'fall', start: days[4] ?? '', end: days[20] ?? '' },
      { scenarioId: 'to-come', start: days[20] ?? '', end: days[39] ?? '' },
    ],
  };
}

export function syntheticRun(): SyntheticRun {
  const inputs = syntheticInputs();
  const { historyEnd, firstDay } = inputs.world;
  const recorder = new Recorder(inputs);
  const forecaster = new Forecaster(recorder);
  publishHistory(
    recorder,
    [...inputs.closes.keys()].filter((day) => day <= historyEnd),
  );
  let modelId = publishModel(recorder, `${historyEnd}T21:30:00.000Z`);
  forecaster.run(`${historyEnd}T21:30:00.000Z`, modelId);
  const follower = new BudgetFollower(recorder, `${historyEnd}T21:50:00.000Z`);
  follower.activate(`${historyEnd}T21:35:00.000Z`);
  publishLimits(recorder, `${historyEnd}T21:40:00.000Z`);
  giveChances(recorder, `${historyEnd}T21:41:00.000Z`, modelId, []);
  follower.adjust(`${historyEnd}T21:50:01.000Z`);
  const [first = '', second = '', third = '', fourth = ''] = [...inputs.closes.keys()].filter((day) => day >= firstDay);
  publishCloses(recorder, first);
  const opened = publishSnapshot(recorder, `${first}T21:00:00.000Z`, 'price', modelId);
  const soft = breach(opened, 'aaa-weight', 'soft', 'instrument:AAA', 0.3);
  const hard = breach(opened, 'bbb-weight', 'hard', 'instrument:BBB', 0.35);
  step(recorder, soft, 'opened', {});
  step(recorder, hard, 'opened', {});
  modelId = publishModel(recorder, `${first}T21:30:00.000Z`);
  publishSnapshot(recorder, `${first}T21:30:00.000Z`, 'model', modelId);
  forecaster.run(`${first}T21:30:00.000Z`, modelId);
  publishStress(recorder, `${first}T21:45:00.000Z`, modelId);
  const escalated = (hours: number, step: number) => ({
    escalationStep: step,
    reason: `Not acknowledged within ${hours} business hours.`,
  });
  step(recorder, soft, 'escalated', { at: `${second}T18:30:00.000Z`, ...escalated(4, 1) });
  publishCloses(recorder, second);
  const closed = publishSnapshot(recorder, `${second}T21:00:00.000Z`, 'price', modelId);
  modelId = publishModel(recorder, `${second}T21:30:00.000Z`);
  forecaster.run(`${second}T21:30:00.000Z`, modelId);
  publishStress(recorder, `${second}T21:45:00.000Z`, modelId);
  const preTrade = preTradeOf(recorder, `${second}T22:00:00.000Z`, modelId);
  explainDay(recorder, `${second}T22:00:00.000Z`, opened, closed);
  step(recorder, soft, 'escalated', { at: `${third}T18:00:00.000Z`, ...escalated(10, 2) });
  step(recorder, soft, 'acknowledged', { at: `${third}T18:10:00.000Z`, state: 'acknowledged', by: 'rita' });
  const expiry = `${third}T20:00:00.000Z`;
  step(recorder, soft, 'waived', {
    at: `${third}T18:20:00.000Z`,
    state: 'waived',
    by: 'anna',
    waiverExpiresAt: expiry,
  });
  step(recorder, soft, 'waiverExpired', { at: expiry, state: 'open', waiverExpiresAt: null, escalationStep: 0 });
  step(recorder, hard, 'worsened', { at: expiry, nature: 'active' });
  step(recorder, hard, 'acknowledged', { at: expiry, state: 'acknowledged', by: 'rita' });
  const remediation = { plan: 'sell half', dueAt: `${fourth}T21:00:00.000Z` };
  step(recorder, hard, 'remediationPlanned', { at: expiry, state: 'remediating', by: 'rita', remediation });
  publishCloses(recorder, third);
  publishSnapshot(recorder, `${third}T21:00:00.000Z`, 'price', modelId);
  sell(recorder, `${third}T21:05:00.000Z`, 'BBB', 2000);
  const sold = publishSnapshot(recorder, `${third}T21:05:00.000Z`, 'position', modelId);
  step(recorder, hard, 'resolved', { at: sold.asOf, state: 'resolved', ...standing(sold, 'instrument:BBB', hard) });
  modelId = publishModel(recorder, `${third}T21:30:00.000Z`);
  forecaster.run(`${third}T21:30:00.000Z`, modelId);
  publishStress(recorder, `${third}T21:45:00.000Z`, modelId);
  publishCloses(recorder, fourth);
  publishSnapshot(recorder, `${fourth}T21:00:00.000Z`, 'price', modelId);
  modelId = publishModel(recorder, `${fourth}T21:30:00.000Z`);
  forecaster.run(`${fourth}T21:30:00.000Z`, modelId);
  publishStress(recorder, `${fourth}T21:45:00.000Z`, modelId);
  giveChances(recorder, `${fourth}T21:30:00.000Z`, modelId, ['aaa-weight']);
  stateReturns(recorder, fourth);
  const chances = accuracyOfChances(recorder, `${second}T21:45:00.000Z`);
  answerClock(recorder, `${fourth}T21:30:00.000Z`);
  const services = [
    { service: 'limits', unpublished: 0, unfinished: 0, parkedKeys: 0, deadLetters: 0, auditChains: [] },
  ];
  return {
    inputs,
    messages: recorder.messages,
    rest: {
      chances,
      ...{ forecastPolicies: [forecastPolicy], accuracies: accuraciesOf(recorder.events()) },
      ...{ services, risk: [riskByStrategy(recorder)], backtests: [forecaster.backtest()], scenarios: [metalsFall] },
      ...{ preTrades: [preTrade], whatIfs: [whatIfOf(recorder)] },
      budgetReports: inputs.reportMoments.map((at) => budgetReportOf(recorder, at)),
      stressAnswers: stressAnswersOf(recorder, `${fourth}T21:45:00.000Z`, modelId),
      performance: [performanceOf(recorder, historyEnd, [first, second, third, fourth])],
      ...follower.findings(),
    },
  };
}
