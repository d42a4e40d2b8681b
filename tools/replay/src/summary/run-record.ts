import {
  alertRaised,
  breachChanged,
  budgetPlanChanged,
  changeExplained,
  championChanged,
  correlationsScored,
  forecastScored,
  limitDefined,
  notificationSent,
  rebalancingWanted,
  regimeEstimated,
  regimesScored,
  riskModelPublished,
  serviceStatus,
  snapshotTaken,
  stressRunCompleted,
  topicPath,
  topics,
  type Breach,
  type BudgetPlanChange,
  type ChangeExplanation,
  type ChampionChanged,
  type LimitDefinition,
  type RebalancingWanted,
  type RiskModel,
  type StressRun,
  type UtilizationAlert,
  type UtilizationSnapshot,
} from '@risk-budget/contracts';
import { readEvents, type MessagingDriver } from '@risk-budget/messaging';

/** What the summary keeps of a snapshot. */
export interface SnapshotRecord {
  readonly portfolioId: string;
  readonly asOf: string;
  readonly cause: UtilizationSnapshot['cause'];
  readonly causeId: string;
  readonly nav: number;
  readonly metrics: UtilizationSnapshot['metrics'];
  readonly proxiedShare: number;
  readonly stalePrices: readonly string[];
  readonly prices: Readonly<Record<string, number>>;
  /** Value of each leaf, by node id. */
  readonly leafValues: Readonly<Record<string, number>>;
  /** Utilization of the nodes of the tree above the leaves, by measure and node id. */
  readonly utilization: ReadonlyMap<string, number>;
}

/** What the summary keeps of a risk model. */
export interface ModelRecord {
  readonly portfolioId: string;
  readonly knownAt: string;
  /** Annual volatility of each instrument. */
  readonly volatilities: Readonly<Record<string, number>>;
}

/** What the summary keeps of a scheduled stress run. */
export interface StressRecord {
  readonly portfolioId: string;
  readonly asOf: string;
  readonly leftOut: readonly string[];
  readonly problems: readonly string[];
  readonly scenarios: readonly Pick<StressRun['results'][number], 'scenarioId' | 'scenarioName' | 'proxiedShare'>[];
  /** Losses of the portfolio and its strategies, in the order of the scenarios. */
  readonly nodes: readonly { readonly nodeId: string; readonly losses: readonly number[] }[];
}

/** What the summary keeps of a method's score of a market or portfolio. */
export interface ScoreRecord {
  readonly subject: string;
  readonly horizonDays: number;
  readonly method: string;
  readonly variance: number;
  readonly qlike: number;
  readonly realisedVariance: number;
  readonly realisedReturn: number;
}

/** What the summary keeps of a method's score of correlations or regimes. */
export interface LossRecord {
  readonly subject: string;
  readonly horizonDays: number;
  readonly method: string;
  readonly loss: number;
}

/** In which state a market was most likely, by a model of so many. */
export interface RegimeRecord {
  readonly subjectId: string;
  readonly states: number;
  readonly mostLikely: number;
  readonly asOf: string;
}

/** What was published in a run, as far as the summary speaks of it. */
export interface RunRecord {
  readonly plans: readonly BudgetPlanChange[];
  readonly rebalancing: readonly RebalancingWanted[];
  readonly snapshots: readonly SnapshotRecord[];
  readonly alerts: readonly UtilizationAlert[];
  readonly limits: readonly LimitDefinition[];
  readonly breaches: readonly Breach[];
  /** Without their parts node by node. */
  readonly explanations: readonly Omit<ChangeExplanation, 'nodes'>[];
  readonly notifications: number;
  readonly stress: readonly StressRecord[];
  readonly scores: readonly ScoreRecord[];
  readonly regimes: readonly RegimeRecord[];
  /** QLIKE of the covariances that correlations make. */
  readonly correlationLosses: readonly LossRecord[];
  /** Negative logarithmic scores of the regimes of markets. */
  readonly regimeLosses: readonly LossRecord[];
  readonly championChanges: readonly ChampionChanged[];
  readonly lastModel: RiskModel | undefined;
  readonly models: readonly ModelRecord[];
  /** `<service> <detail>` of each key that was parked, in order of service. */
  readonly parked: readonly string[];
  /** Events on each topic, each counted once. */
  readonly eventsByTopic: ReadonlyMap<string, number>;
}

/** Reads the public topics after a run. */
export async function readRun(driver: MessagingDriver): Promise<RunRecord> {
  const snapshots: SnapshotRecord[] = [];
  for await (const { data } of readEvents(driver, snapshotTaken)) snapshots.push(recordOf(data));
  let lastModel: RiskModel | undefined;
  const models: ModelRecord[] = [];
  for await (const { data } of readEvents(driver, riskModelPublished)) {
    models.push(modelRecordOf(data));
    if (lastModel === undefined || data.portfolioId === snapshots[0]?.portfolioId) lastModel = data;
  }
  const parked: string[] = [];
  for await (const { data } of readEvents(driver, serviceStatus)) {
    if (data.status === 'parkedKey') parked.push(`${data.service} ${data.detail ?? ''}`.trim());
  }
  let notifications = 0;
  for await (const _ of readEvents(driver, notificationSent)) notifications++;
  return {
    plans: await collect(driver, budgetPlanChanged),
    rebalancing: await collect(driver, rebalancingWanted),
    snapshots,
    alerts: await collect(driver, alertRaised),
    limits: await collect(driver, limitDefined),
    breaches: await collect(driver, breachChanged),
    explanations: (await collect(driver, changeExplained)).map(({ nodes: _, ...explanation }) => explanation),
    notifications,
    stress: await stressRecords(driver),
    scores: await scoreRecords(driver),
    regimes: await regimeRecords(driver),
    correlationLosses: await correlationLosses(driver),
    regimeLosses: await regimeLosses(driver),
    championChanges: await collect(driver, championChanged),
    lastModel,
    models,
    parked: parked.sort(),
    eventsByTopic: await countEvents(driver),
  };
}

async function stressRecords(driver: MessagingDriver): Promise<StressRecord[]> {
  const records: StressRecord[] = [];
  for await (const { data } of readEvents(driver, stressRunCompleted)) {
    if (data.cause !== 'schedule') continue;
    records.push({
      portfolioId: data.portfolioId,
      asOf: data.asOf,
      leftOut: data.leftOut.map((scenario) => scenario.scenarioId),
      problems: data.problems.map((problem) => problem.scenarioId),
      scenarios: data.results,
      nodes: data.nodes.filter(({ kind }) => kind === 'portfolio' || kind === 'strategy'),
    });
  }
  return records;
}

async function scoreRecords(driver: MessagingDriver): Promise<ScoreRecord[]> {
  const records: ScoreRecord[] = [];
  for await (const { data } of readEvents(driver, forecastScored)) {
    if (data.kind !== 'market' && data.kind !== 'portfolio') continue;
    for (const { subjectId, horizonDays, realisedVariance, realisedReturn, scores } of data.scored) {
      const subject = `${data.kind} ${subjectId}`;
      for (const { method, variance, qlike } of scores) {
        records.push({ subject, horizonDays, method, variance, qlike, realisedVariance, realisedReturn });
      }
    }
  }
  return records;
}

async function regimeRecords(driver: MessagingDriver): Promise<RegimeRecord[]> {
  const records: RegimeRecord[] = [];
  for await (const { data } of readEvents(driver, regimeEstimated)) {
    const { subjectId, states, mostLikely, asOf } = data;
    records.push({ subjectId, states: states.length, mostLikely, asOf });
  }
  return records;
}

async function correlationLosses(driver: MessagingDriver): Promise<LossRecord[]> {
  const records: LossRecord[] = [];
  for await (const { data } of readEvents(driver, correlationsScored)) {
    for (const { horizonDays, scores } of data.scored) {
      for (const { method, qlike } of scores) {
        records.push({ subject: data.setId, horizonDays, method, loss: qlike });
      }
    }
  }
  return records;
}

async function regimeLosses(driver: MessagingDriver): Promise<LossRecord[]> {
  const records: LossRecord[] = [];
  for await (const { data } of readEvents(driver, regimesScored)) {
    for (const { states, horizonDays, scores } of data.scored) {
      const subject = `${data.subjectId}, ${states} states`;
      for (const { method, logScore } of scores) records.push({ subject, horizonDays, method, loss: -logScore });
    }
  }
  return records;
}

async function collect<Data>(
  driver: MessagingDriver,
  definition: Parameters<typeof readEvents<Data>>[1],
): Promise<Data[]> {
  const all: Data[] = [];
  for await (const { data } of readEvents(driver, definition)) all.push(data);
  return all;
}

/** Distinct events by topic; of a set of parts only the first counts. */
async function countEvents(driver: MessagingDriver): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const topic of Object.values(topics)) {
    const path = topicPath(topic);
    const ids = new Set<string>();
    for await (const messages of driver.read(path)) {
      for (const { payload } of messages) {
        const head = JSON.parse(payload) as { id: string; part?: number };
        if ((head.part ?? 1) === 1) ids.add(head.id);
      }
    }
    counts.set(path, ids.size);
  }
  return counts;
}

function modelRecordOf({ portfolioId, knownAt, rows }: RiskModel): ModelRecord {
  const daysAYear = 252;
  const volatilities = rows.map((row) => [row.instrumentId, Math.sqrt((row.covariances?.at(-1) ?? 0) * daysAYear)]);
  return { portfolioId, knownAt, volatilities: Object.fromEntries(volatilities) as Record<string, number> };
}

function recordOf(data: UtilizationSnapshot): SnapshotRecord {
  const utilization = new Map<string, number>();
  const leafValues: Record<string, number> = {};
  for (const node of data.nodes) {
    if (node.kind === 'leaf') leafValues[node.nodeId] = node.value;
    if (node.kind !== 'portfolio' && node.kind !== 'strategy' && node.kind !== 'sector') continue;
    for (const figures of node.measures) {
      if (figures.utilization !== null) utilization.set(`${figures.measure} ${node.nodeId}`, figures.utilization);
    }
  }
  return {
    portfolioId: data.portfolioId,
    asOf: data.asOf,
    cause: data.cause,
    causeId: data.causeId,
    nav: data.nav,
    metrics: data.metrics,
    proxiedShare: data.proxiedShare,
    stalePrices: data.stalePrices,
    prices: Object.fromEntries(data.marks.map((mark) => [mark.instrumentId, mark.price])),
    leafValues,
    utilization,
  };
}
