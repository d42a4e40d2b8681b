import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, SignJWT, type CryptoKey, type JWK } from 'jose';
import type { Role } from './principal.js';

const algorithm = 'ES256';

/** What a minted token says. */
export interface TokenClaims {
  readonly subject: string;
  readonly name?: string;
  readonly roles: readonly Role[];
  /** Default: every portfolio. */
  readonly portfolios?: readonly string[];
  /** Seconds until it expires, default a day; negative for one that has expired. */
  readonly expiresInSeconds?: number;
  /** Other than the issuer's own, to try what a service refuses. */
  readonly issuer?: string;
  readonly audience?: string;
}

/** Signs tokens by a key pair of its own: for standalone and for tests. Production has an identity provider. */
export class TokenIssuer {
  private constructor(
    readonly issuer: string,
    readonly audience: string,
    /** The public key as a JWKS in JSON: the value of JWT_JWKS. */
    readonly jwks: string,
    private readonly key: CryptoKey,
    private readonly keyId: string,
  ) {}

  /** An issuer with a private key in JWK form. */
  static async of(privateJwk: JWK, issuer: string, audience: string): Promise<TokenIssuer> {
    const key = await importJWK({ ...privateJwk, ext: true }, algorithm);
    if (key instanceof Uint8Array) throw new TypeError('the key is no private key');
    const { kty, crv, x, y } = privateJwk;
    const publicJwk = { kty, crv, x, y } as JWK;
    const keyId = await calculateJwkThumbprint(publicJwk);
    const jwks = JSON.stringify({ keys: [{ ...publicJwk, kid: keyId, alg: algorithm, use: 'sig' }] });
    return new TokenIssuer(issuer, audience, jwks, key, keyId);
  }

  /** The variables with which a service accepts this issuer's tokens. */
  get config(): { JWT_JWKS: string; JWT_ISSUER: string; JWT_AUDIENCE: string } {
    return { JWT_JWKS: this.jwks, JWT_ISSUER: this.issuer, JWT_AUDIENCE: this.audience };
  }

  async mint(claims: TokenClaims): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const expiresIn = claims.expiresInSeconds ?? 86_400;
    return new SignJWT({
      name: claims.name ?? claims.subject,
      roles: [...claims.roles],
      portfolios: [...(claims.portfolios ?? ['*'])],
    })
      .setProtectedHeader({ alg: algorithm, kid: this.keyId, typ: 'JWT' })
      .setSubject(claims.subject)
      .setIssuer(claims.issuer ?? this.issuer)
      .setAudience(claims.audience ?? this.audience)
      .setIssuedAt(Math.min(now, now + expiresIn))
      .setExpirationTime(now + expiresIn)
      .sign(this.key);
  }
}

/** A fresh private key in JWK form. */
export async function newPrivateJwk(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return exportJWK(privateKey);
}

/**
 * The issuer of a standalone installation: its key pair is made at the first start and kept in a file that only its owner can read, so
 * that tokens survive a restart.
 */
export async function createLocalIssuer(options: {
  keyFile: string;
  issuer?: string;
  audience?: string;
}): Promise<TokenIssuer> {
  const issuer = options.issuer ?? 'risk-budget-standalone';
  return TokenIssuer.of(await keptKey(options.keyFile), issuer, options.audience ?? 'risk-budget');
}

async function keptKey(path: string): Promise<JWK> {
  await mkdir(dirname(path), { recursive: true });
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      const jwk = await newPrivateJwk();
      await file.writeFile(JSON.stringify(jwk));
      return jwk;
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return JSON.parse(await readFile(path, 'utf8')) as JWK;
  }
}
