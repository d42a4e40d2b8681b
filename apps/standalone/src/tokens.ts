import type { Role, TokenIssuer } from '@risk-budget/service-kit';

/** The people of the sample desk and the tokens that they act with. */
export interface Person {
  readonly subject: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly portfolios: readonly string[];
}

export const people = {
  viewer: { subject: 'vera', name: 'Vera, viewer', roles: ['viewer'], portfolios: ['*'] },
  riskManager: { subject: 'rita', name: 'Rita, risk manager', roles: ['riskManager'], portfolios: ['*'] },
  secondRiskManager: { subject: 'ravi', name: 'Ravi, risk manager', roles: ['riskManager'], portfolios: ['*'] },
  approver: { subject: 'anna', name: 'Anna, approver', roles: ['approver'], portfolios: ['*'] },
  operator: { subject: 'otto', name: 'Otto, operator', roles: ['operator'], portfolios: ['*'] },
  incomeViewer: {
    subject: 'ines',
    name: 'Ines, sees one portfolio',
    roles: ['viewer'],
    portfolios: ['INCOME-SLEEVE'],
  },
} as const satisfies Record<string, Person>;

export type PersonKey = keyof typeof people;
export type Tokens = Readonly<Record<PersonKey, string>>;

/** A token for each person, good for thirty days. */
export async function mintTokens(issuer: TokenIssuer): Promise<Tokens> {
  const expiresInSeconds = 30 * 86_400;
  const entries = await Promise.all(
    Object.entries(people).map(
      async ([key, person]) => [key, await issuer.mint({ ...person, expiresInSeconds })] as const,
    ),
  );
  return Object.fromEntries(entries) as Record<PersonKey, string>;
}
