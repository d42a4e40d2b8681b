import { Principal, assertPortfolio } from './principal.js';
import { portfolioCondition, PortfolioScope } from './portfolio-scope.js';

const directory = { membersOf: (group: string) => Promise.resolve(group === 'europe' ? ['EU1', 'EU2'] : []) };

describe('portfolio scope', () => {
  it('reads ids, prefixes, groups and the star', async () => {
    const scope = await PortfolioScope.of(['P1', 'desk-*', 'group:europe', 'group:nowhere'], directory);
    expect(['P1', 'desk-7', 'EU2'].every((id) => scope.includes(id))).toBe(true);
    expect(['P2', 'P', 'des', 'europe', 'group:europe', ''].some((id) => scope.includes(id))).toBe(false);
    expect((await PortfolioScope.of(['*'], undefined)).includes('anything')).toBe(true);
  });

  it('sees nothing without a claim, and no group without a directory', async () => {
    const scope = await PortfolioScope.of(['group:europe'], undefined);
    expect(scope.includes('EU1')).toBe(false);
    expect((await PortfolioScope.of([], directory)).includes('P1')).toBe(false);
  });

  it('answers a foreign portfolio like an unknown one', async () => {
    const principal = new Principal(
      'anna',
      'issuer',
      'Anna',
      new Set(['viewer']),
      await PortfolioScope.of(['P1'], undefined),
    );
    expect(() => assertPortfolio(principal, 'P1')).not.toThrow();
    expect(() => assertPortfolio(principal, 'P2')).toThrow("There is no portfolio 'P2'.");
  });

  it('numbers its parameters behind those of the query', async () => {
    const parameters: unknown[] = ['x'];
    const sql = portfolioCondition(await PortfolioScope.of(['P1', 'd*'], undefined), 'portfolio_id', parameters);
    expect(sql).toContain('portfolio_id = ANY($2::text[])');
    expect(parameters).toEqual(['x', ['P1'], ['d']]);
    expect(portfolioCondition(PortfolioScope.everything, 'portfolio_id', parameters)).toBe('TRUE');
  });
});

describe('principal', () => {
  it('is a viewer by any other role, and nothing else by implication', () => {
    const of = (...roles: ('viewer' | 'approver')[]): Principal =>
      new Principal('a', 'i', 'A', new Set(roles), PortfolioScope.everything);
    expect(of('approver').has('viewer')).toBe(true);
    expect(of('approver').has('riskManager')).toBe(false);
    expect(of('viewer').has('approver')).toBe(false);
    expect(of().has('viewer')).toBe(false);
    expect(of().isSameAs({ subject: 'a', issuer: 'other' })).toBe(false);
  });
});
