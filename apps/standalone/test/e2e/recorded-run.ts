import { join } from 'node:path';
import { createDriver } from '@risk-budget/messaging';
import { recordRun, verify, type LoggedMessage, type RunRecording, type VerifiedPart } from '@risk-budget/verify-run';

const dataDir = join(import.meta.dirname, '..', '..', '..', '..', 'tools', 'replay', 'data');

/** Reads a run that has just ended from outside, as the verification does. */
export async function recordingOf(access: Readonly<Record<string, string>>): Promise<RunRecording> {
  const urlsOf = (suffix: string): Record<string, string> =>
    Object.fromEntries(
      Object.entries(access).flatMap(([name, url]) => {
        const service = new RegExp(`^(.+)_MANAGEMENT_URL$`).exec(name)?.[1];
        if (service === undefined) return [];
        return [[service.toLowerCase(), suffix === 'URL' ? (access[`${service}_URL`] ?? '') : url]];
      }),
    );
  const driver = createDriver(access['MESSAGING_URL'] ?? '');
  try {
    return await recordRun({
      driver,
      urls: urlsOf('URL'),
      managementUrls: urlsOf('MANAGEMENT_URL'),
      tokens: { operator: access['TOKEN_OPERATOR'] ?? '', riskManager: access['TOKEN_RISK_MANAGER'] ?? '' },
      dataDir,
    });
  } finally {
    await driver.close();
  }
}

type Data = Record<string, unknown>;

/** One thing of a run that is made wrong, and the check that must see it. */
export interface Corruption {
  readonly what: string;
  readonly part: VerifiedPart;
  readonly change: (recording: RunRecording) => RunRecording;
  readonly seenBy: string;
  /** What it says then; the check speaks for one thing only where absent. */
  readonly says?: RegExp;
}

/** Changes the data of one message; `change` says false where it is not the one to change. */
function inMessage(topic: string, change: (data: Data) => boolean): Corruption['change'] {
  return (recording) => {
    let done = false;
    const messages = recording.messages.map((message): LoggedMessage => {
      if (done || message.topic !== topic) return message;
      const envelope = JSON.parse(message.payload) as { data: Data };
      done = change(envelope.data);
      return done ? { ...message, payload: JSON.stringify(envelope) } : message;
    });
    if (!done) throw new Error(`nothing on ${topic} could be changed`);
    return { ...recording, messages };
  };
}

type StressAnswer = RunRecording['rest']['stressAnswers'][number];

/** Changes each answer that stress has given. */
const withStressAnswers =
  (change: (found: StressAnswer) => StressAnswer): Corruption['change'] =>
  (recording) => ({
    ...recording,
    rest: { ...recording.rest, stressAnswers: recording.rest.stressAnswers.map(change) },
  });

const offByAMillionth = (of: Data | undefined, field: string): boolean => {
  if (typeof of?.[field] !== 'number') return false;
  of[field] *= 1 + 1e-6;
  return true;
};

/** A variance of the portfolios' forecasts in March. */
const forecastBy = (method: string): Corruption['change'] =>
  inMessage('events/forecasting.forecasts', (data) => {
    if (data['kind'] !== 'portfolio' || !String(data['madeAt']).startsWith('2020-03')) return false;
    const [made] = data['forecasts'] as { volatilities: Data[] }[];
    return offByAMillionth(
      made?.volatilities.findLast((one) => one['method'] === method),
      'variance',
    );
  });

const variances = 'forecasts by EWMA, GARCH, GJR and HAR from what was known at the time';

export const corruptions: readonly Corruption[] = [
  {
    what: 'the volatility of one snapshot is off by a millionth',
    part: 'snapshots',
    change: inMessage('events/utilization.snapshots', (data) =>
      String(data['asOf']).startsWith('2020-03-16')
        ? offByAMillionth(data['metrics'] as Data, 'volatilityAnnual')
        : false,
    ),
    seenBy: 'snapshots: volatility, VaR, ES, historical VaR and ES, tracking error, concentration',
  },
  {
    what: 'the value of one breach is off by a millionth',
    part: 'breaches',
    change: inMessage('events/limits.breaches', (data) =>
      data['transition'] === 'opened' ? offByAMillionth(data, 'value') : false,
    ),
    seenBy: 'breaches opened and resolved: none missing, none invented',
  },
  {
    what: 'one event upstream says another price than the files',
    part: 'prices',
    change: inMessage('upstream/market-data.bars', (data) => {
      const [bar] = data['bars'] as { close: string }[];
      if (bar === undefined) return false;
      bar.close = String(Number(bar.close) + 0.01);
      return true;
    }),
    seenBy: 'bars on the topic are those of the input files with what is planted',
  },
  {
    what: 'a plan claims to be more accurate than it is',
    part: 'budgets',
    change: inMessage('events/allocation.budgets', (data) => {
      const [tree] = data['trees'] as { accuracy?: number }[];
      if (data['change'] !== 'activated' || tree === undefined) return false;
      tree.accuracy = 1.0001;
      return true;
    }),
    seenBy: 'plans: budgeting accuracy as stated, and at least 0.9999',
  },
  ...['ewma', 'gjr', 'har'].map((method) => ({
    what: `one variance of a portfolio by ${method} is off by a millionth`,
    part: 'forecasts' as const,
    change: forecastBy(method),
    seenBy: variances,
    says: new RegExp(`: ${method} over`),
  })),
  {
    what: 'a combination weighs its forecasts otherwise than by their past losses',
    part: 'combinations',
    change: forecastBy('combination'),
    seenBy: 'forecasts combined by inverse past loss, from the scores published before',
  },
  {
    what: 'a champion gives way to another method than the best',
    part: 'champions',
    change: inMessage('events/forecasting.forecasts', (data) => {
      if (data['from'] === undefined) return false;
      data['to'] = 'har';
      return true;
    }),
    seenBy: 'champions change when the policy says so, by the scores published, and only then',
  },
  {
    what: 'a test of Diebold and Mariano is kinder than its losses',
    part: 'accuracy',
    change: (recording) => ({
      ...recording,
      rest: {
        ...recording.rest,
        accuracies: recording.rest.accuracies.map((found) => ({
          ...found,
          methods: found.methods.map(({ dieboldMariano: test, ...method }) => ({
            ...method,
            dieboldMariano: test && { ...test, pValue: test.pValue / 2 },
          })),
        })),
      },
    }),
    seenBy: 'accuracy of volatility: mean losses, Mincer–Zarnowitz, Diebold–Mariano and coverage',
  },
  {
    what: 'the probability of a regime is off by a millionth',
    part: 'regimes',
    change: inMessage('events/forecasting.regimes', (data) => {
      const [state] = data['states'] as Data[];
      return Number(state?.['probability']) > 0.1 ? offByAMillionth(state, 'probability') : false;
    }),
    seenBy: 'regimes: probabilities filtered with the parameters published, and their forecasts',
  },
  {
    what: 'a forecast of regimes is scored kinder than its day was',
    part: 'regimes',
    change: inMessage('events/forecasting.forecasts', (data) => {
      const [one] = (data['scored'] ?? []) as { scores: Data[]; regimeId?: string }[];
      return one?.regimeId === undefined ? false : offByAMillionth(one.scores[0], 'logScore');
    }),
    seenBy: 'forecasts of regimes scored once: the density that they gave to the return of their day',
  },
  {
    what: 'one correlation is off by a millionth',
    part: 'correlations',
    change: inMessage('events/forecasting.forecasts', (data) => {
      const dynamic = ((data['matrices'] ?? []) as { method: string; correlations: number[] }[]).find(
        ({ method }) => method === 'dcc',
      );
      if (dynamic === undefined) return false;
      dynamic.correlations = dynamic.correlations.map((value, at) => (at === 0 ? value - 1e-6 : value));
      return true;
    }),
    seenBy: 'correlations by EWMA and DCC from what was known at the time, on the run’s variances',
  },
  {
    what: 'one exception of value at risk is hidden',
    part: 'backtests',
    change: (recording) => ({
      ...recording,
      rest: {
        ...recording.rest,
        backtests: recording.rest.backtests.map((found) => ({
          ...found,
          tests: found.tests.map((test) => ({ ...test, exceptions: test.exceptions.slice(1) })),
        })),
      },
    }),
    seenBy: 'value at risk: exceptions, Kupiec’s test and Basel’s zone',
  },
  {
    what: 'the most plausible loss is nearer than it is',
    part: 'stressAnswers',
    change: withStressAnswers((found) => ({
      ...found,
      result: found.result && { ...found.result, distance: found.result.distance && found.result.distance * 0.999 },
    })),
    seenBy: 'stress on request: sensitivities, and the most plausible loss with its distance',
  },
  {
    what: 'a tail is told lighter than its losses are',
    part: 'stressAnswers',
    change: withStressAnswers((found) => ({
      ...found,
      tail: found.tail && { ...found.tail, shape: found.tail.shape - 0.02 },
    })),
    seenBy: 'stress on request: the tail beyond its threshold, no parameters nearby likelier',
  },
  {
    what: 'simulated losses are a fifth smaller than the model gives them',
    part: 'stressAnswers',
    change: withStressAnswers((found) => ({
      ...found,
      result: found.result && {
        ...found.result,
        distribution: found.result.distribution && { ...found.result.distribution, es: found.result.loss * 0.8 },
      },
    })),
    seenBy: 'stress on request: simulated losses within what chance allows, nodes that sum',
  },
  {
    what: 'a scenario of the desk costs more than its shocks do',
    part: 'hypotheticals',
    change: inMessage('events/stress.results', (data) =>
      offByAMillionth(
        (data['results'] as Data[]).find((one) => one['kind'] === 'hypothetical'),
        'loss',
      ),
    ),
    seenBy: 'scenarios of the desk: loss of every node, the rest by its expectation given the shocks',
  },
  {
    what: 'a budget report of the past tells the use of another day',
    part: 'budgetReports',
    change: (recording) => ({
      ...recording,
      rest: {
        ...recording.rest,
        budgetReports: recording.rest.budgetReports.map((found) => ({
          ...found,
          rows: found.rows.map((row) => ({ ...row, consumption: row.consumption * (1 + 1e-6) })),
        })),
      },
    }),
    seenBy: 'budget reports: budget, use and shares of every node, now and in the past',
  },
  {
    what: 'trades are told to do less to a limit than they do',
    part: 'preTrades',
    change: (recording) => ({
      ...recording,
      rest: {
        ...recording.rest,
        preTrades: recording.rest.preTrades.map((found) => ({
          ...found,
          limits: found.limits.map((limit) => ({ ...limit, after: limit.after * (1 - 1e-6) })),
        })),
      },
    }),
    seenBy: 'pre-trade: every limit before and after the trades, none left out',
  },
  {
    what: 'trades that break a hard limit pass',
    part: 'preTrades',
    change: (recording) => ({
      ...recording,
      rest: {
        ...recording.rest,
        preTrades: recording.rest.preTrades.map((found) => ({ ...found, result: 'pass' as const })),
      },
    }),
    seenBy: 'pre-trade: refused where a hard limit is broken or worsened, as the script expects',
  },
  {
    what: 'a what-if is answered for other trades than it was asked about',
    part: 'whatIfs',
    change: (recording) => ({
      ...recording,
      rest: {
        ...recording.rest,
        whatIfs: recording.rest.whatIfs.map((found) => ({ ...found, trades: found.trades.slice(1) })),
      },
    }),
    seenBy: 'what-if: every figure of the portfolio and its nodes before and after the trades',
  },
  {
    what: 'a day has earned something else',
    part: 'performance',
    change: inMessage('upstream/realised-returns', (data) => offByAMillionth((data['rows'] as Data[])[0], 'weight')),
    seenBy: 'performance: the return of every day, stated or own, and effects that sum to the active return',
  },
  {
    what: 'one source of a change takes from another',
    part: 'effects',
    change: inMessage('events/attribution.results', (data) => {
      const [first, second] = (data['effects'] ?? []) as { value: number }[];
      if (data['cause'] !== 'schedule' || first === undefined || second === undefined) return false;
      first.value += 1e-6;
      second.value -= 1e-6;
      return true;
    }),
    seenBy: 'explained changes: the Shapley effect of every source, on the whole and on its parts',
  },
  {
    what: 'one share more is to be traded than would bring a weight to its target',
    part: 'rebalancings',
    change: inMessage('events/allocation.rebalancing', (data) => {
      const [trade] = data['trades'] as { quantityChange: string }[];
      if (data['reason'] !== 'band' || trade === undefined) return false;
      trade.quantityChange = String(Number(trade.quantityChange) + 1);
      return true;
    }),
    seenBy: 'rebalancing: whole trades that bring every weight to its target, prices and turnover',
  },
  {
    what: 'a dynamic policy takes a smaller step than its rules ask for',
    part: 'adjustments',
    change: inMessage('events/allocation.budgets', (data) => {
      const adjustment = data['adjustment'] as { factor: number } | undefined;
      if (data['change'] !== 'adjusted' || adjustment === undefined) return false;
      adjustment.factor += 0.01;
      return true;
    }),
    seenBy: 'budget adjustments by the rules, from the forecasts they name: none missing, none invented',
  },
];

/**
 * What fails, by check, when all of these things of the run are changed: one verification for all, for each takes long on a whole run. That
 * each check fails by itself alone is shown on a small run, beside the checks.
 */
export function failedAfter(
  recording: RunRecording,
  changes: readonly Corruption[],
): ReadonlyMap<string, readonly string[]> {
  const { inputs, messages, rest } = changes.reduce((changed, { change }) => change(changed), recording);
  const parts = [...new Set(changes.map(({ part }) => part))];
  const failed = verify(inputs, messages, rest, parts).checks.filter((check) => check.failed > 0);
  return new Map(failed.map(({ name, failures }) => [name, failures]));
}
