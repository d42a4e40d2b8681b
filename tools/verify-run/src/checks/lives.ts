import { breachChanged, notificationSent, type Breach } from '@risk-budget/contracts';
import type { BreachCase } from '../inputs/script-files.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** Where each transition may come from. Resolution is possible from every state but the last. */
const allowed: Readonly<Record<Breach['transition'], readonly (Breach['state'] | 'none')[]>> = {
  opened: ['none'],
  acknowledged: ['open'],
  waived: ['acknowledged', 'remediating'],
  waiverExpired: ['waived'],
  escalated: ['open', 'remediating'],
  remediationPlanned: ['acknowledged', 'waived', 'remediating'],
  worsened: ['open', 'acknowledged', 'waived', 'remediating'],
  resolved: ['open', 'acknowledged', 'waived', 'remediating'],
};

/** The lives of all breaches: legal transitions, deadlines kept to the instant, and the cases that the script is made to show. */
export function checkLives(context: RunContext): Check[] {
  const lives = new Map<string, Breach[]>();
  for (const { data } of context.events.of(breachChanged)) {
    const life = lives.get(data.breachId) ?? [];
    lives.set(data.breachId, life);
    life.push(data);
  }
  const legal = new CheckRecorder('breaches: legal transitions, waivers and deadlines to the instant');
  for (const life of lives.values()) checkLife(legal, life, context);
  const notified = new CheckRecorder('every escalation has told somebody');
  for (const { data } of context.events.of(breachChanged)) {
    if (data.transition !== 'escalated') continue;
    const told = context.events
      .of(notificationSent)
      .some(({ data: sent }) => sent.breachId === data.breachId && sent.at === data.at);
    notified.expect(told, () => `nobody was told of ${data.limitId} escalated at ${data.at}`);
  }
  return [legal.result(), notified.result(), checkCases([...lives.values()], context.inputs.world.shows)];
}

function checkLife(check: CheckRecorder, life: readonly Breach[], { inputs }: RunContext): void {
  let before: Breach | undefined;
  let ladderStart = life[0]?.openedAt ?? '';
  let worst = life[0]?.value ?? 0;
  for (const step of life) {
    const name = `${step.limitId} ${step.transition} at ${step.at}`;
    check.expect(
      allowed[step.transition].includes(before?.state ?? 'none'),
      () => `${name}: comes from ${before?.state ?? 'nothing'}`,
    );
    check.expect(
      step.at >= (before?.at ?? ''),
      () => `${name}: before ${before?.transition ?? ''} at ${before?.at ?? ''}`,
    );
    check.expect(
      (step.state === 'resolved') === (step.transition === 'resolved') && step.openedAt === life[0]?.openedAt,
      () => `${name}: its state is ${step.state}`,
    );
    const deeper =
      Math.abs(step.worstValue - step.bound) + 1e-12 >= Math.abs(worst - step.bound) || step.bound !== before?.bound;
    check.expect(deeper, () => `${name}: the worst value ${step.worstValue} is better than ${worst}`);
    worst = step.worstValue;
    if (step.transition === 'waiverExpired') {
      check.expect(
        step.at === before?.waiverExpiresAt || lastWaiver(life, step) === step.at,
        () => `${name}: not when it expires`,
      );
      ladderStart = step.at;
    }
    if (step.transition === 'escalated' && before?.state === 'remediating') {
      check.expect(step.at === before.remediation?.dueAt, () => `${name}: not when the remediation was due`);
      ladderStart = step.at;
    } else if (step.transition === 'escalated') {
      checkDeadline(check, name, step, ladderStart, [...inputs.closes.keys()]);
    }
    before = step;
  }
}

function lastWaiver(life: readonly Breach[], until: Breach): string | null {
  const waivers = life.slice(0, life.indexOf(until)).filter((step) => step.transition === 'waived');
  return waivers.at(-1)?.waiverExpiresAt ?? null;
}

/** Hours of a session in UTC, all year. */
const opens = '14:30:00.000Z';
const closes = '21:00:00.000Z';

/** The reason names the hours of the step: counted from the start of the ladder over sessions, they end at its instant. */
function checkDeadline(check: CheckRecorder, name: string, step: Breach, start: string, days: readonly string[]): void {
  const hours = Number(/within ([\d.]+) business hours/.exec(step.reason ?? '')?.[1] ?? Number.NaN);
  check.expect(
    Math.abs(sessionHours(start, step.at, days) - hours) < 1e-6,
    () => `${name}: ${sessionHours(start, step.at, days)} session hours after ${start}, ${hours} expected`,
  );
}

function sessionHours(from: string, to: string, days: readonly string[]): number {
  let milliseconds = 0;
  for (const day of days.filter((date) => date >= from.slice(0, 10) && date <= to.slice(0, 10))) {
    const open = Math.max(Date.parse(`${day}T${opens}`), Date.parse(from));
    const close = Math.min(Date.parse(`${day}T${closes}`), Date.parse(to));
    if (close > open) milliseconds += close - open;
  }
  return milliseconds / 3_600_000;
}

/** Whether the life of a breach shows a case. */
const shown: Readonly<Record<BreachCase, (life: readonly Breach[]) => boolean>> = {
  soft: (life) => life[0]?.severity === 'soft',
  hard: (life) => life[0]?.severity === 'hard',
  twoSteps: (life) => life.some((step) => step.escalationStep >= 2),
  worsened: (life) => has(life, 'worsened'),
  waived: (life) => has(life, 'waived'),
  waiverExpired: (life) => has(life, 'waiverExpired'),
  remediatedAndResolved: (life) => has(life, 'remediationPlanned') && has(life, 'resolved'),
};

function has(life: readonly Breach[], transition: Breach['transition']): boolean {
  return life.some((step) => step.transition === transition);
}

/** What the run is scripted to show: of each of its cases some breach. */
function checkCases(lives: readonly (readonly Breach[])[], cases: readonly BreachCase[]): Check {
  const check = new CheckRecorder('the cases that the script is made to show');
  for (const one of cases) check.expect(lives.some(shown[one]), () => `no breach shows: ${one}`);
  return check.result();
}
