import { limitProposal, type FieldProblem, type LimitProposal } from '@risk-budget/contracts';
import { badUpload } from '../errors.js';

/** Most limits that one upload may hold. */
export const maxUploadRows = 1000;

/** Columns of a CSV upload; those of the scope and the bound are spread out. */
export const uploadColumns = [
  'limitId',
  'portfolioId',
  'name',
  'measure',
  'budgetMeasure',
  'scenarioId',
  'level',
  'strategy',
  'sector',
  'issuer',
  'instrumentId',
  'direction',
  'boundKind',
  'bound',
  'severity',
  'hysteresis',
  'effectiveFrom',
  'effectiveTo',
  'escalationPolicyId',
  'reason',
] as const;

/** A row of a CSV upload in the shape of a proposal; what is wrong with it shows when it is checked. */
export function proposalOfRow(row: Readonly<Record<string, string>>): unknown {
  const { level, strategy, sector, issuer, instrumentId, boundKind, bound, hysteresis, ...plain } = row;
  const number = bound === undefined ? undefined : Number(bound);
  return {
    ...plain,
    scope: { level, ...defined({ strategy, sector, issuer, instrumentId }) },
    bound:
      boundKind === 'shareOfBudget'
        ? { kind: boundKind, share: number }
        : { kind: boundKind ?? 'absolute', value: number },
    ...(hysteresis === undefined ? {} : { hysteresis: Number(hysteresis) }),
  };
}

/** @throws CodedError `LIMITS.BAD_UPLOAD` for a column that does not exist */
export function refuseUnknownColumns(rows: readonly Readonly<Record<string, string>>[]): void {
  const known = new Set<string>(uploadColumns);
  const unknown = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  throw badUpload(
    unknown.map((name) => ({ field: name, problem: 'is no column of an upload', allowed: uploadColumns.join(', ') })),
  );
}

/**
 * The proposals of an upload.
 *
 * @throws CodedError `LIMITS.BAD_UPLOAD` with every field at fault, by row
 */
export function checkedProposals(rows: readonly unknown[]): LimitProposal[] {
  if (rows.length === 0 || rows.length > maxUploadRows) {
    throw badUpload([{ field: 'rows', problem: `there are ${rows.length}`, allowed: `1 to ${maxUploadRows}` }]);
  }
  const problems: FieldProblem[] = [];
  const proposals = rows.flatMap((row, index) => {
    const parsed = limitProposal.safeParse(row);
    if (parsed.success) return [parsed.data];
    for (const issue of parsed.error.issues) {
      const field = [`rows[${index}]`, ...issue.path.map(String)].join('.');
      problems.push({ field, problem: issue.message });
    }
    return [];
  });
  const seen = new Set<string>();
  proposals.forEach(({ limitId }, index) => {
    if (seen.has(limitId))
      problems.push({ field: `rows[${index}].limitId`, problem: 'stands in an earlier row already' });
    seen.add(limitId);
  });
  if (problems.length > 0) throw badUpload(problems.slice(0, 100));
  return proposals;
}

function defined(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
