/** Which portfolios are in a group; offered by the application, which knows its portfolios. */
export interface PortfolioDirectory {
  /** Ids of the group's portfolios; none for a group that does not exist. */
  membersOf(group: string): Promise<readonly string[]>;
}

/** Injection token under which a service's module may provide its {@link PortfolioDirectory}. Without one, groups have no members. */
export const PORTFOLIO_DIRECTORY = Symbol('risk-budget.portfolio-directory');

/** The portfolios that a token names: single ids, prefixes, members of groups, or all. */
export class PortfolioScope {
  static readonly everything = new PortfolioScope(true, new Set(), []);

  constructor(
    readonly all: boolean,
    /** Single portfolios, those of groups included. */
    readonly ids: ReadonlySet<string>,
    readonly prefixes: readonly string[],
  ) {}

  includes(portfolioId: string): boolean {
    return this.all || this.ids.has(portfolioId) || this.prefixes.some((prefix) => portfolioId.startsWith(prefix));
  }

  /**
   * Reads a token's `portfolios` claim: `P1`, `desk-*`, `group:<name>`, `*`.
   *
   * @param claim entries of the claim; anything that is no text is refused by the caller
   */
  static async of(claim: readonly string[], directory: PortfolioDirectory | undefined): Promise<PortfolioScope> {
    const ids = new Set<string>();
    const prefixes: string[] = [];
    let all = false;
    for (const entry of claim) {
      if (entry === '*') all = true;
      else if (entry.startsWith('group:')) {
        for (const member of (await directory?.membersOf(entry.slice('group:'.length))) ?? []) ids.add(member);
      } else if (entry.endsWith('*')) prefixes.push(entry.slice(0, -1));
      else ids.add(entry);
    }
    return all ? PortfolioScope.everything : new PortfolioScope(false, ids, prefixes);
  }
}

/**
 * SQL condition that keeps the rows a scope may see, so that lists are filtered where they are paged.
 *
 * @param column a column of the query, trusted text
 * @param parameters of the query; the condition's own are appended
 */
export function portfolioCondition(scope: PortfolioScope, column: string, parameters: unknown[]): string {
  if (scope.all) return 'TRUE';
  const ids = parameters.push([...scope.ids]);
  const prefixes = parameters.push([...scope.prefixes]);
  return `(${column} = ANY($${ids}::text[]) OR EXISTS (SELECT 1 FROM unnest($${prefixes}::text[]) AS prefix WHERE starts_with(${column}, prefix)))`;
}
