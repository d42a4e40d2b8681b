/** One check over many things of the same sort. */
export interface Check {
  readonly name: string;
  /** Things that were compared and agree. */
  readonly passed: number;
  /** What does not agree, in sentences; the first hundred. */
  readonly failures: readonly string[];
  readonly failed: number;
}

export interface VerificationReport {
  /** Whether every check holds. */
  readonly passed: boolean;
  readonly checks: readonly Check[];
}

const keptFailures = 100;

/** Collects the comparisons of one check. */
export class CheckRecorder {
  private passed = 0;
  private failed = 0;
  private readonly failures: string[] = [];

  constructor(private readonly name: string) {}

  /** A condition that must hold; the sentence is built only when it does not. */
  expect(holds: boolean, otherwise: () => string): void {
    if (holds) {
      this.passed++;
      return;
    }
    this.failed++;
    if (this.failures.length < keptFailures) this.failures.push(otherwise());
  }

  /** A published figure against a recomputed one, see {@link agrees}. */
  figure(what: string, published: number | null | undefined, own: number | null, scale = 0): void {
    this.expect(
      agrees(published, own, scale),
      () => `${what}: published ${String(published)}, recomputed ${String(own)}`,
    );
  }

  result(): Check {
    return { name: this.name, passed: this.passed, failures: this.failures, failed: this.failed };
  }
}

const relativeTolerance = 1e-9;
const smallestScale = 1e-12;

/**
 * Whether two figures agree: they differ by at most 1e-9 of the largest of the recomputed one, the scale given and 1e-12. The scale of a
 * contribution is a thousandth of the total that it is part of: parts far smaller than that carry the rounding of the whole. A figure that
 * does not exist agrees with one that does not exist.
 */
export function agrees(published: number | null | undefined, own: number | null, scale = 0): boolean {
  if (published === null || published === undefined || own === null) return (published ?? null) === own;
  return Math.abs(published - own) <= relativeTolerance * Math.max(Math.abs(own), scale, smallestScale);
}

export function reportOf(checks: readonly Check[]): VerificationReport {
  return { passed: checks.every((check) => check.failed === 0), checks };
}

/** The report as text: a line a check with its counts, and what failed. */
export function renderReport(report: VerificationReport): string {
  const lines = ['Verification of the run', ''];
  for (const check of report.checks) {
    const verdict = check.failed === 0 ? 'ok    ' : 'FAILED';
    lines.push(`${verdict} ${check.name}: ${check.passed} agree, ${check.failed} do not`);
    for (const failure of check.failures.slice(0, 10)) lines.push(`         ${failure}`);
    if (check.failed > 10) lines.push(`         and ${check.failed - 10} more`);
  }
  lines.push('', report.passed ? 'Everything agrees.' : 'The run does not agree with its verification.');
  return lines.join('\n');
}
