import {
  alertRaised,
  barsPublished,
  positionsChanged,
  riskModelPublished,
  serviceStatus,
  snapshotTaken,
  type UtilizationSnapshot,
} from '@risk-budget/contracts';
import type { Fault, FaultOf } from '../inputs/script-files.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** Each planted fault, and what a right system makes of it. */
export function checkFaults(context: RunContext): Check[] {
  return context.inputs.faults.map((fault) => {
    const check = new CheckRecorder(`planted fault ${fault.id}`);
    checkOne(fault, context, check);
    return check.result();
  });
}

function checkOne(fault: Fault, context: RunContext, check: CheckRecorder): void {
  switch (fault.fault) {
    case 'split':
      return checkSplit(fault, context, check);
    case 'duplicate':
      return checkDuplicate(fault, context, check);
    case 'outOfOrder':
      return checkOutOfOrder(fault, context, check);
    case 'noHistory':
      return checkNoHistory(fault, context, check);
    case 'stale':
      return checkStale(fault, context, check);
    case 'correction':
      return checkCorrection(fault, context, check);
    case 'refused':
      return checkRefused(fault, context, check);
  }
}

function snapshotsOf({ events }: RunContext): UtilizationSnapshot[] {
  return events.of(snapshotTaken).map(({ data }) => data);
}

/** The price falls by the ratio, the holding grows by it: the leaf's value moves as the adjusted price does. */
function checkSplit(fault: FaultOf<'split'>, context: RunContext, check: CheckRecorder): void {
  const at = `${fault.exDate}T${context.inputs.world.closeTime}`;
  const dates = [...context.inputs.closes.keys()];
  const before = dates[dates.indexOf(fault.exDate) - 1] ?? '';
  const adjusted = (date: string) => Number(context.inputs.closes.get(date)?.get(fault.instrumentId) ?? Number.NaN);
  const markOf = (snapshot: UtilizationSnapshot | undefined) =>
    snapshot?.marks.find(({ instrumentId }) => instrumentId === fault.instrumentId)?.price;
  const holders = snapshotsOf(context).filter((snapshot) => markOf(snapshot) !== undefined);
  const after = holders.filter((snapshot) => snapshot.asOf === at && snapshot.cause === 'price');
  check.expect(after.length > 0, () => `nobody who holds ${fault.instrumentId} has a snapshot at ${at}`);
  for (const snapshot of after) {
    const last = holders.filter(({ portfolioId, asOf }) => portfolioId === snapshot.portfolioId && asOf < at).at(-1);
    const value = (of: UtilizationSnapshot | undefined) =>
      (of?.nodes ?? [])
        .filter(({ nodeId }) => nodeId.startsWith('leaf:') && nodeId.endsWith(`/${fault.instrumentId}`))
        .reduce((sum, node) => sum + node.value, 0);
    check.figure('price before the ex-date', markOf(last), adjusted(before) * Number(fault.ratio));
    check.figure('price on the ex-date', markOf(snapshot), adjusted(fault.exDate));
    const growth = adjusted(fault.exDate) / adjusted(before);
    check.figure('growth of the position', value(snapshot) / value(last), growth);
  }
}

/** The message stands on the topic twice, and each portfolio has one snapshot out of it. */
function checkDuplicate(fault: FaultOf<'duplicate'>, context: RunContext, check: CheckRecorder): void {
  const at = `${fault.date}T${context.inputs.world.closeTime}`;
  const copies = (context.events.envelopes.get(`upstream/${fault.topic}`) ?? []).filter(({ time }) => time === at);
  const [first] = copies;
  check.expect(
    copies.length === 2 && copies.every(({ id, sequence }) => id === first?.id && sequence === first.sequence),
    () => `${copies.length} copies of the bars of ${fault.date} on the topic, 2 with one id expected`,
  );
  const counts = new Map<string, number>();
  for (const snapshot of snapshotsOf(context)) {
    if (snapshot.causeId === first?.id) counts.set(snapshot.portfolioId, (counts.get(snapshot.portfolioId) ?? 0) + 1);
  }
  check.expect(counts.size > 0, () => 'no snapshot stems from the message');
  for (const [portfolioId, count] of counts) {
    check.expect(count === 1, () => `${portfolioId} has ${count} snapshots out of the message`);
  }
}

/** The statements stand on the topic in the wrong order, and the last snapshot holds both. */
function checkOutOfOrder(fault: FaultOf<'outOfOrder'>, context: RunContext, check: CheckRecorder): void {
  const statements = context.events.of(positionsChanged).filter(({ data }) => data.portfolioId === fault.portfolioId);
  const sequences = statements.map(({ data }) => data.sequence);
  check.expect(
    sequences.some((sequence, index) => index > 0 && sequence < (sequences[index - 1] ?? 0)),
    () => `statements of ${fault.portfolioId} stand in the order ${sequences.join(', ')}`,
  );
  const own = snapshotsOf(context).filter(({ portfolioId }) => portfolioId === fault.portfolioId);
  const shares = (snapshot: UtilizationSnapshot | undefined) => {
    const leaf = snapshot?.nodes.find(({ nodeId }) => nodeId === `leaf:${fault.strategy}/${fault.instrumentId}`);
    const mark = snapshot?.marks.find(({ instrumentId }) => instrumentId === fault.instrumentId);
    return (leaf?.value ?? 0) / (mark?.price ?? 1);
  };
  const traded = own.filter(({ asOf, cause }) => asOf.startsWith(fault.date) && cause === 'position').at(-1);
  const before = own.filter(({ asOf }) => asOf < fault.date).at(-1);
  const change = fault.quantityChanges.reduce((sum, quantity) => sum + Number(quantity), 0);
  check.figure(`change of ${fault.instrumentId} held`, shares(traded) - shares(before), change, shares(before));
}

/** The name stands in the models by its sector's proxy, and the snapshots of its holder say how much of them is proxied. */
function checkNoHistory(fault: FaultOf<'noHistory'>, context: RunContext, check: CheckRecorder): void {
  const since = `${fault.boughtOn}T${fault.boughtAt}`;
  const models = context.events
    .of(riskModelPublished)
    .filter(({ data }) => data.portfolioId === fault.portfolioId && data.knownAt >= since);
  check.expect(models.length > 0, () => 'no model was published after the purchase');
  for (const { data } of models) {
    const proxy = data.rows.find(({ instrumentId }) => instrumentId === fault.instrumentId)?.proxy;
    check.expect(
      proxy?.sector === fault.sector && proxy.scale >= 1,
      () => `the model of ${data.knownAt} does not stand in for ${fault.instrumentId} by its sector`,
    );
  }
  for (const snapshot of snapshotsOf(context)) {
    if (snapshot.portfolioId !== fault.portfolioId) continue;
    const holds = snapshot.asOf >= since;
    check.expect(
      snapshot.proxiedShare > 0 === holds,
      () => `proxied share ${snapshot.proxiedShare} at ${snapshot.asOf}`,
    );
    check.expect(snapshot.modelledShare === 1, () => `modelled share ${snapshot.modelledShare} at ${snapshot.asOf}`);
  }
}

/** No bars on the topic; listed as stale beyond the instrument's limit, alerted once, fresh with the next bar. */
function checkStale(fault: FaultOf<'stale'>, context: RunContext, check: CheckRecorder): void {
  const { events, inputs } = context;
  const bars = events
    .of(barsPublished)
    .flatMap(({ data }) => data.bars)
    .filter(
      ({ instrumentId, time }) =>
        instrumentId === fault.instrumentId && time >= fault.from && time.slice(0, 10) <= fault.to,
    );
  check.expect(bars.length === 0, () => `${bars.length} bars of the stale days are on the topic`);
  const next = [...inputs.closes.keys()].find((date) => date > fault.to) ?? '';
  const holders = new Set<string>();
  for (const snapshot of snapshotsOf(context)) {
    if (!snapshot.marks.some(({ instrumentId }) => instrumentId === fault.instrumentId)) continue;
    const stale = snapshot.stalePrices.includes(fault.instrumentId);
    if (stale) holders.add(snapshot.portfolioId);
    const day = snapshot.asOf.slice(0, 10);
    check.expect(
      !stale || (day >= fault.from && day <= next),
      () => `${fault.instrumentId} is stale at ${snapshot.asOf}`,
    );
    check.expect(
      stale || snapshot.asOf !== `${fault.to}T${inputs.world.closeTime}`,
      () => `${fault.instrumentId} is not stale at ${snapshot.asOf}`,
    );
  }
  check.expect(holders.size > 0, () => 'no snapshot lists it as stale');
  for (const portfolioId of holders) {
    const kinds = events
      .of(alertRaised)
      .filter(
        ({ data }) => data.portfolioId === portfolioId && data.asOf >= fault.from && data.asOf.slice(0, 10) <= next,
      )
      .map(({ data }) => data.kind)
      .filter((kind) => kind === 'stale' || kind === 'fresh');
    check.expect(kinds.join(' ') === 'stale fresh', () => `alerts of ${portfolioId}: ${kinds.join(', ')}`);
  }
}

/** The wrong close is marked until the correction; the bar stands twice on the topic, the second time right. */
function checkCorrection(fault: FaultOf<'correction'>, context: RunContext, check: CheckRecorder): void {
  const { inputs, events, market } = context;
  const time = `${fault.date}T${inputs.world.closeTime}`;
  const right = Number(inputs.closes.get(fault.date)?.get(fault.instrumentId) ?? Number.NaN);
  const wrong = right * Number(fault.wrongFactor);
  const marked = snapshotsOf(context).filter(
    ({ asOf, marks }) => asOf === time && marks.some(({ instrumentId }) => instrumentId === fault.instrumentId),
  );
  check.expect(marked.length > 0, () => `no snapshot at ${time}`);
  for (const { marks } of marked) {
    check.figure('mark', marks.find(({ instrumentId }) => instrumentId === fault.instrumentId)?.price, wrong);
  }
  const beforeIt = new Date(Date.parse(fault.correctedAt) - 1).toISOString();
  check.figure('close known before the correction', market.close(fault.instrumentId, time, beforeIt), wrong);
  check.figure('close known from then on', market.close(fault.instrumentId, time, fault.correctedAt), right);
  const around = events.of(riskModelPublished).filter(({ data }) => data.knownAt >= time);
  check.expect(
    around.some(({ data }) => data.knownAt < fault.correctedAt) &&
      around.some(({ data }) => data.knownAt > fault.correctedAt),
    () => 'models before and after the correction are missing',
  );
  const told = snapshotsOf(context).filter(({ asOf }) => asOf === fault.correctedAt);
  check.expect(told.length > 0, () => 'no snapshot follows the correction');
}

/** Parked by somebody until the portfolio was defined; with snapshots from then on, and nothing left parked. */
function checkRefused(fault: FaultOf<'refused'>, context: RunContext, check: CheckRecorder): void {
  const { portfolioId } = fault.portfolio;
  const parked = context.events
    .of(serviceStatus)
    .filter(({ data }) => data.status === 'parkedKey' && (data.detail ?? '').includes(portfolioId));
  check.expect(parked.length > 0, () => `no service has told that it parked ${portfolioId}`);
  const own = snapshotsOf(context).filter((snapshot) => snapshot.portfolioId === portfolioId);
  check.expect(own.length > 0, () => `${portfolioId} has no snapshot`);
  const early = own.filter(({ asOf }) => asOf < fault.definedAt);
  check.expect(early.length === 0, () => `${portfolioId} has ${early.length} snapshots before it was defined`);
}
