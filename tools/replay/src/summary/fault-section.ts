import type { ReplayResult } from '../replay.js';
import type { FaultOf, PlantedFault } from '../script/faults.schema.js';
import { percent, whole } from './format.js';
import type { SnapshotRecord } from './run-record.js';

/** What was planted, what should come of it, and what came of it. */
export function faultSection(result: ReplayResult): string[] {
  const lines = ['Planted faults'];
  for (const fault of result.script.faults) {
    lines.push(`  ${fault.id}`, `    expected: ${fault.expected}`, `    happened: ${happened(fault, result)}`);
  }
  return lines;
}

function happened(fault: PlantedFault, result: ReplayResult): string {
  switch (fault.fault) {
    case 'split':
      return ofSplit(fault, result);
    case 'duplicate':
      return ofDuplicate(fault, result);
    case 'outOfOrder':
      return ofOutOfOrder(fault, result);
    case 'noHistory':
      return ofNoHistory(fault, result);
    case 'stale':
      return ofStale(fault, result);
    case 'correction':
      return ofCorrection(fault, result);
    case 'refused':
      return ofRefused(fault, result);
  }
}

function ofSplit(fault: FaultOf<'split'>, { run }: ReplayResult): string {
  const holders = run.snapshots.filter((snapshot) => fault.instrumentId in snapshot.prices);
  const before = holders.filter((snapshot) => snapshot.asOf < fault.exDate).at(-1);
  const after = holders.find(
    (snapshot) => snapshot.asOf >= fault.exDate && snapshot.portfolioId === before?.portfolioId,
  );
  if (before === undefined || after === undefined) return 'nobody held it';
  const price = (snapshot: SnapshotRecord) => (snapshot.prices[fault.instrumentId] ?? 0).toFixed(2);
  return `price ${price(before)} and then ${price(after)}; NAV of ${after.portfolioId} moved by ${percent(after.nav / before.nav - 1)}`;
}

function ofDuplicate(fault: FaultOf<'duplicate'>, { run, script }: ReplayResult): string {
  const at = `${fault.date}T${script.world.closeTime}`;
  const counts = new Map<string, number>();
  for (const snapshot of run.snapshots) {
    if (snapshot.asOf === at && snapshot.cause === 'price') {
      counts.set(snapshot.portfolioId, (counts.get(snapshot.portfolioId) ?? 0) + 1);
    }
  }
  const each = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, count]) => `${count} of ${id}`);
  return `snapshots after two copies: ${each.join(', ')}`;
}

function ofOutOfOrder(fault: FaultOf<'outOfOrder'>, { run }: ReplayResult): string {
  const shares = (snapshot: SnapshotRecord | undefined) =>
    whole(
      (snapshot?.leafValues[`leaf:${fault.strategy}/${fault.instrumentId}`] ?? 0) /
        (snapshot?.prices[fault.instrumentId] ?? 1),
    );
  const own = run.snapshots.filter((snapshot) => snapshot.portfolioId === fault.portfolioId);
  const traded = own.filter((snapshot) => snapshot.asOf === `${fault.date}T${fault.time}`);
  const before = own.filter((snapshot) => snapshot.asOf < `${fault.date}T${fault.time}`).at(-1);
  return `${fault.instrumentId} held: ${[before, ...traded].map(shares).join(', then ')} shares`;
}

function ofNoHistory(fault: FaultOf<'noHistory'>, { run }: ReplayResult): string {
  const proxy = run.lastModel?.rows.find((row) => row.instrumentId === fault.instrumentId)?.proxy;
  const bought = run.snapshots.find(
    (snapshot) => snapshot.portfolioId === fault.portfolioId && snapshot.asOf >= `${fault.boughtOn}T${fault.boughtAt}`,
  );
  const model = proxy === undefined ? 'no proxy' : `${proxy.scale.toFixed(3)} × ${proxy.sector}`;
  return `modelled as ${model}; ${percent(bought?.proxiedShare ?? 0)} of gross is proxied after the purchase`;
}

function ofStale(fault: FaultOf<'stale'>, { run }: ReplayResult): string {
  const listed = run.snapshots.filter((snapshot) => snapshot.stalePrices.includes(fault.instrumentId));
  const kinds = new Map<string, number>();
  for (const { kind, asOf } of run.alerts) {
    if ((kind === 'stale' || kind === 'fresh') && asOf >= fault.from) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const days = [listed[0], listed.at(-1)].map((snapshot) => snapshot?.asOf.slice(0, 10) ?? 'never');
  const hole = run.lastModel?.holes.find(({ instrumentId }) => instrumentId === fault.instrumentId)?.missingDays ?? 0;
  return `stale from ${days[0] ?? ''} to ${days[1] ?? ''}, alerts stale ${kinds.get('stale') ?? 0} and fresh ${kinds.get('fresh') ?? 0}; the last model names ${hole} missing days`;
}

function ofCorrection(fault: FaultOf<'correction'>, { run, script }: ReplayResult): string {
  const marks = run.snapshots.filter(
    (snapshot) => snapshot.asOf === `${fault.date}T${script.world.closeTime}` && fault.instrumentId in snapshot.prices,
  );
  const models = run.models.filter((model) => model.portfolioId === marks[0]?.portfolioId);
  const before = models.filter((model) => model.knownAt < fault.correctedAt).at(-1);
  const after = models.find((model) => model.knownAt > fault.correctedAt);
  const volatility = (model: typeof before) => percent(model?.volatilities[fault.instrumentId] ?? 0);
  return `marked at ${(marks[0]?.prices[fault.instrumentId] ?? 0).toFixed(3)} then; volatility of ${fault.instrumentId} ${volatility(before)} in the last model before the correction, ${volatility(after)} in the first after it`;
}

function ofRefused(fault: FaultOf<'refused'>, { run }: ReplayResult): string {
  const { portfolioId } = fault.portfolio;
  const services = run.parked.filter((line) => line.includes(portfolioId)).map((line) => line.split(' ')[0] ?? '');
  const first = run.snapshots.find((snapshot) => snapshot.portfolioId === portfolioId);
  const parked = services.length === 0 ? 'not parked' : `parked by ${services.join(', ')}`;
  return `${parked}; replayed, and first snapshot at ${first?.asOf ?? 'no time'}`;
}
