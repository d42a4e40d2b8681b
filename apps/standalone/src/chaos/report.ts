import type { DisturbanceKind, PlannedDisturbance } from '@risk-budget/chaos';
import type { RoundResult } from './round.js';

/** The figures of all disturbed rounds. */
export function chaosReport(rounds: readonly RoundResult[], seconds: number): string[] {
  const done = rounds.flatMap((round) => round.done);
  const byKind = new Map<DisturbanceKind, number[]>();
  for (const { disturbance, recoverySeconds } of done) {
    byKind.set(disturbance.kind, [...(byKind.get(disturbance.kind) ?? []), recoverySeconds]);
  }
  return [
    `${rounds.length} disturbed runs in ${(seconds / 60).toFixed(1)} minutes, ${done.length} disturbances, ${rounds.reduce((sum, { breachSteps }) => sum + breachSteps, 0)} steps in the lives of breaches`,
    ...[...byKind]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([kind, recoveries]) => {
        const sorted = recoveries.toSorted((a, b) => a - b);
        const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
        return `  ${kind}: ${sorted.length}; all ready again after ${median.toFixed(1)} s in the middle, ${(sorted.at(-1) ?? 0).toFixed(1)} s at worst`;
      }),
  ];
}

/** What of a plan that has an end did not come about as it stands there; nothing when all did. */
export function notAsPlanned(plan: readonly PlannedDisturbance[], { done, breachSteps }: RoundResult): string[] {
  const missed = plan.length - done.length;
  return [
    ...(missed > 0 ? [`${missed} of ${plan.length} disturbances did not come in time`] : []),
    ...done.flatMap(({ disturbance, exact }) =>
      exact ? [] : [`${disturbance.kind} happened at another moment than planned`],
    ),
    ...(breachSteps === 0 ? ['no limit was breached meanwhile'] : []),
  ];
}

/** The first line in which two summaries differ, both ways; undefined when they are the same. */
export function firstDifference(wanted: string, got: string): string | undefined {
  if (wanted === got) return undefined;
  const [a, b] = [wanted.split('\n'), got.split('\n')];
  const line = a.findIndex((text, index) => text !== b[index]);
  const at = line < 0 ? a.length : line;
  return `line ${at + 1}: undisturbed '${a[at] ?? 'nothing'}', disturbed '${b[at] ?? 'nothing'}'`;
}
