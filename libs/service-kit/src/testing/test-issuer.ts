import { newPrivateJwk, TokenIssuer } from '../identity/token-issuer.js';

/** An issuer with a fresh key pair in memory. Spread its `config` into that of the service under test, and `mint` tokens. */
export async function createTestIssuer(options: { issuer?: string; audience?: string } = {}): Promise<TokenIssuer> {
  return TokenIssuer.of(
    await newPrivateJwk(),
    options.issuer ?? 'https://issuer.test',
    options.audience ?? 'risk-budget',
  );
}
