import type { FieldProblem } from '@risk-budget/contracts';

/** As many as help; a body of 5,000 bad rows must not be answered with 5,000 sentences. */
const maximumProblems = 50;

interface Issue {
  readonly message: string;
  readonly path?: readonly unknown[];
  readonly code?: string;
  readonly values?: readonly unknown[];
  readonly minimum?: unknown;
  readonly maximum?: unknown;
  readonly origin?: string;
  readonly keys?: readonly string[];
  readonly errors?: readonly (readonly Issue[])[];
}

/**
 * The fields at fault, from the issues of a Standard Schema.
 *
 * @param prefix stands before each path, such as `query`
 * @param whole name for an issue without a path
 */
export function fieldProblems(issues: readonly unknown[], prefix: string, whole: string): FieldProblem[] {
  return (issues as readonly Issue[]).slice(0, maximumProblems).flatMap((issue) => problemsOf(issue, prefix, whole));
}

function problemsOf(issue: Issue, prefix: string, whole: string): FieldProblem[] {
  const field = pathText(prefix, issue.path ?? []) || whole;
  if (issue.code === 'unrecognized_keys' && issue.keys !== undefined) {
    return issue.keys.map((key) => ({ field: pathText(prefix, [...(issue.path ?? []), key]), problem: 'is unknown' }));
  }
  const allowed = allowedBy(issue);
  return [{ field, problem: issue.message, ...(allowed === undefined ? {} : { allowed }) }];
}

/** `positions[3].quantity` */
function pathText(prefix: string, path: readonly unknown[]): string {
  return path.reduce<string>((text, part) => {
    const key = typeof part === 'object' && part !== null && 'key' in part ? part.key : part;
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, prefix);
}

function allowedBy(issue: Issue): string | undefined {
  if (issue.values !== undefined && issue.values.length > 0) return issue.values.slice(0, 30).map(String).join(', ');
  const unit = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' items' : '';
  if (issue.code === 'too_small') return `at least ${String(issue.minimum)}${unit}`;
  if (issue.code === 'too_big') return `at most ${String(issue.maximum)}${unit}`;
  return undefined;
}
