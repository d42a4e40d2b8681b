import { CodedError } from '@risk-budget/contracts';
import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { KitError } from '../errors/kit-error.js';
import { PortfolioScope, type PortfolioDirectory } from './portfolio-scope.js';
import { Principal, roles, type Role } from './principal.js';

/** Public-key signatures only: with a shared secret every service could make tokens. */
const algorithms = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
];

/** A token that was verified is believed this long without checking its signature again, and never beyond its own expiry. */
const believeForMs = 30_000;
const believedTokens = 1000;
const groupsForMs = 1000;
const maximumEntries = 1000;

export interface TokenVerifierOptions {
  readonly keys: JWTVerifyGetKey;
  readonly issuer: string;
  readonly audience: string;
  readonly clockToleranceSeconds: number;
  /** Group membership; asked for at the time of the request. */
  readonly directory: () => PortfolioDirectory | undefined;
}

interface Believed {
  readonly payload: JWTPayload;
  readonly until: number;
  principal: Principal;
  principalUntil: number;
}

/** Turns bearer tokens into principals: signature, issuer, audience and expiry are checked; everything else in a token is only read. */
export class TokenVerifier {
  private readonly believed = new Map<string, Believed>();

  constructor(private readonly options: TokenVerifierOptions) {}

  /** @throws KitError `TOKEN_MISSING`, `TOKEN_EXPIRED` or `TOKEN_INVALID`, each with its `WWW-Authenticate` */
  async verify(authorization: string | undefined): Promise<Principal> {
    const token = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(authorization ?? '')?.[1];
    if (authorization === undefined || authorization === '') throw refusal('TOKEN_MISSING');
    if (token === undefined) throw refusal('TOKEN_INVALID', 'The Authorization header is no bearer token.');
    const now = Date.now();
    const known = this.believed.get(token);
    if (known !== undefined && now < known.until) return this.principalOf(known, now);
    const payload = await this.payloadOf(token);
    const principal = await this.toPrincipal(payload);
    const expiry = (payload.exp ?? 0) * 1000 + this.options.clockToleranceSeconds * 1000;
    this.remember(token, {
      payload,
      until: Math.min(now + believeForMs, expiry),
      principal,
      principalUntil: now + groupsForMs,
    });
    return principal;
  }

  /** Groups change while a token lives, so the portfolios behind them are asked for again after a moment. */
  private async principalOf(known: Believed, now: number): Promise<Principal> {
    if (now >= known.principalUntil) {
      known.principal = await this.toPrincipal(known.payload);
      known.principalUntil = now + groupsForMs;
    }
    return known.principal;
  }

  private remember(token: string, believed: Believed): void {
    this.believed.delete(token);
    this.believed.set(token, believed);
    const oldest = this.believed.keys().next().value;
    if (this.believed.size > believedTokens && oldest !== undefined) this.believed.delete(oldest);
  }

  private async payloadOf(token: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, this.options.keys, {
        issuer: this.options.issuer,
        audience: this.options.audience,
        algorithms,
        clockTolerance: this.options.clockToleranceSeconds,
        requiredClaims: ['sub', 'exp'],
      });
      return payload;
    } catch (error) {
      if (CodedError.is(error)) throw error;
      if (error instanceof errors.JWTExpired) throw refusal('TOKEN_EXPIRED', 'The token has expired.', error);
      if (error instanceof errors.JWTClaimValidationFailed)
        throw refusal('TOKEN_INVALID', `The claim "${error.claim}" of the token is not accepted.`, error);
      throw refusal('TOKEN_INVALID', 'The token is malformed or its signature is not accepted.', error);
    }
  }

  private async toPrincipal(payload: JWTPayload): Promise<Principal> {
    const subject = payload.sub;
    if (subject === undefined || subject === '' || subject.length > 256)
      throw refusal('TOKEN_INVALID', 'The claim "sub" of the token is not accepted.');
    const held = texts(payload, 'roles').filter((role): role is Role => (roles as readonly string[]).includes(role));
    const scope = await PortfolioScope.of(texts(payload, 'portfolios'), this.options.directory());
    const name = payload['name'] ?? payload['preferred_username'];
    return new Principal(
      subject,
      payload.iss ?? '',
      typeof name === 'string' && name !== '' ? name.slice(0, 256) : subject,
      new Set(held),
      scope,
    );
  }
}

function texts(payload: JWTPayload, claim: string): string[] {
  const value = payload[claim] ?? [];
  if (
    !Array.isArray(value) ||
    value.length > maximumEntries ||
    !value.every((entry) => typeof entry === 'string' && entry.length <= 256)
  ) {
    throw refusal('TOKEN_INVALID', `The claim "${claim}" of the token is no list of at most ${maximumEntries} texts.`);
  }
  return value as string[];
}

function refusal(
  code: 'TOKEN_MISSING' | 'TOKEN_EXPIRED' | 'TOKEN_INVALID',
  detail?: string,
  cause?: unknown,
): KitError {
  const challenge = 'Bearer realm="risk-budget"';
  const reason =
    detail === undefined ? '' : `, error="invalid_token", error_description="${detail.replaceAll('"', "'")}"`;
  return new KitError(code, {
    headers: { 'www-authenticate': `${challenge}${reason}` },
    ...(detail === undefined ? {} : { detail }),
    ...(cause === undefined ? {} : { cause }),
  });
}
