import type { ReplayResult } from '../replay.js';
import {
  adjustmentSection,
  breachSection,
  checkSection,
  endSection,
  escalationSection,
  planSection,
  rebalancingSection,
  utilizationSection,
} from './desk-sections.js';
import { explanationSection } from './explanation-section.js';
import { faultSection } from './fault-section.js';
import { forecastSection } from './forecast-section.js';
import { table, whole } from './format.js';
import { performanceSection } from './performance-section.js';
import { scenarioSection } from './scenario-section.js';
import { stressSection } from './stress-section.js';

/**
 * The run in the words of a risk manager. Two runs give the same text up to the section `Ids and wall times`, which stands last and holds
 * everything that no two runs share.
 */
export function renderSummary(result: ReplayResult): string {
  const { days } = result;
  const sections = [
    [`The desk from ${days[0] ?? ''} to ${days.at(-1) ?? ''}, ${days.length} trading days`],
    endSection(result),
    planSection(result),
    adjustmentSection(result),
    utilizationSection(result),
    stressSection(result),
    scenarioSection(result),
    performanceSection(result),
    forecastSection(result),
    breachSection(result),
    explanationSection(result),
    escalationSection(result),
    checkSection(result),
    rebalancingSection(result),
    faultSection(result),
    topicSection(result),
    idSection(result),
  ];
  return sections
    .filter((section) => section.length > 0)
    .map((section) => section.join('\n'))
    .join('\n\n');
}

function topicSection({ run }: ReplayResult): string[] {
  const rows = [...run.eventsByTopic]
    .filter(([topic]) => !isPlatform(topic))
    .map(([topic, count]) => [topic, whole(count)]);
  return ['Events by topic', ...table([['topic', 'events'], ...rows])];
}

/** What services say about themselves: as often as they see fit. */
function isPlatform(topic: string): boolean {
  return (
    topic === 'events/platform.status' ||
    topic === 'events/platform.clock-reached' ||
    topic === 'upstream/clock.advanced'
  );
}

function idSection({ run, speed }: ReplayResult): string[] {
  const plan = run.plans.filter((change) => change.change === 'activated').at(-1);
  const platform = [...run.eventsByTopic].filter(([topic]) => isPlatform(topic));
  return [
    'Ids and wall times',
    `  plan ${plan?.planId ?? 'none'}`,
    ...[...new Map(run.breaches.map((change) => [change.breachId, change.limitId]))].map(
      ([breachId, limitId]) => `  breach ${breachId} of ${limitId}`,
    ),
    `  history published and stored in ${speed.historySeconds.toFixed(1)} s`,
    `  ${speed.days} days replayed in ${speed.replaySeconds.toFixed(1)} s: ${(speed.days / speed.replaySeconds).toFixed(1)} days a second, the slowest ${speed.slowestDay.date} with ${speed.slowestDay.seconds.toFixed(2)} s`,
    ...[...speed.steps]
      .sort(([, a], [, b]) => b.seconds - a.seconds)
      .map(([kind, { count, seconds }]) => `    ${kind}: ${count} in ${seconds.toFixed(1)} s`),
    ...platform.map(([topic, count]) => `  ${topic} ${whole(count)} events`),
  ];
}
