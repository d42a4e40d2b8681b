import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '@risk-budget/contracts';
import { SignJWT, UnsecuredJWT } from 'jose';
import { keySource } from './key-source.js';
import { createLocalIssuer, newPrivateJwk, TokenIssuer } from './token-issuer.js';
import { TokenVerifier } from './token-verifier.js';

describe('token verifier', () => {
  let issuer: TokenIssuer;
  let verifier: TokenVerifier;

  beforeAll(async () => {
    issuer = await TokenIssuer.of(await newPrivateJwk(), 'issuer', 'risk-budget');
    verifier = verifierFor(issuer.jwks);
  });

  it('makes a principal of a good token', async () => {
    const token = await issuer.mint({ subject: 'anna', name: 'Anna', roles: ['riskManager'], portfolios: ['P1'] });
    const principal = await verifier.verify(`Bearer ${token}`);
    expect(principal.actor).toEqual({ subject: 'anna', issuer: 'issuer', name: 'Anna' });
    expect(principal.has('riskManager') && principal.mayRead('P1') && !principal.mayRead('P2')).toBe(true);
    expect(await verifier.verify(`bearer ${token}`)).toBe(principal);
  });

  it('tells a missing, an expired and an invalid token apart, each with its challenge', async () => {
    expect(await refusal(undefined)).toMatchObject({
      code: 'TOKEN_MISSING',
      headers: { 'www-authenticate': 'Bearer realm="risk-budget"' },
    });
    const expired = await issuer.mint({ subject: 'anna', roles: ['viewer'], expiresInSeconds: -60 });
    expect(await refusal(`Bearer ${expired}`)).toMatchObject({
      code: 'TOKEN_EXPIRED',
      headers: { 'www-authenticate': expect.stringContaining('error="invalid_token"') },
    });
    const claims = { subject: 'anna', roles: ['viewer'] as const };
    const stranger = await TokenIssuer.of(await newPrivateJwk(), 'issuer', 'risk-budget');
    for (const token of [
      await issuer.mint({ ...claims, issuer: 'other' }),
      await issuer.mint({ ...claims, audience: 'other' }),
      await issuer.mint({ ...claims, subject: '' }),
      await stranger.mint(claims),
      'not.a.token',
      new UnsecuredJWT({ roles: ['operator'] })
        .setSubject('eve')
        .setIssuer('issuer')
        .setAudience('risk-budget')
        .setExpirationTime('1h')
        .encode(),
      await new SignJWT({ roles: ['operator'] })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject('eve')
        .setIssuer('issuer')
        .setAudience('risk-budget')
        .setExpirationTime('1h')
        .sign(Buffer.from(issuer.jwks)),
    ]) {
      expect(await refusal(`Bearer ${token}`)).toMatchObject({ code: 'TOKEN_INVALID', status: 401 });
    }
    expect(await refusal('Basic YTpi')).toMatchObject({ code: 'TOKEN_INVALID' });
  });

  it('finds rotated keys in a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'service-kit-'));
    try {
      const path = join(folder, 'jwks.json');
      await writeFile(path, issuer.jwks);
      const fromFile = verifierFor(path);
      await fromFile.verify(`Bearer ${await issuer.mint({ subject: 'anna', roles: ['viewer'] })}`);
      expect(await refusal('Bearer a.b.c', verifierFor(join(folder, 'nowhere.json')))).toMatchObject({
        code: 'TOKEN_INVALID',
      });
      const token = await issuer.mint({ subject: 'anna', roles: ['viewer'] });
      expect(await refusal(`Bearer ${token}`, verifierFor(join(folder, 'nowhere.json')))).toMatchObject({
        code: 'INFRASTRUCTURE_UNAVAILABLE',
        status: 503,
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('keeps the key pair of a local issuer over a restart, readable by its owner only', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'service-kit-'));
    try {
      const keyFile = join(folder, 'keys', 'issuer.jwk');
      const first = await createLocalIssuer({ keyFile });
      const token = await first.mint({ subject: 'anna', roles: ['viewer'] });
      const second = await createLocalIssuer({ keyFile });
      expect(second.jwks).toBe(first.jwks);
      expect((await stat(keyFile)).mode & 0o077).toBe(0);
      expect(second.jwks).not.toContain('"d"');
      const verified = await new TokenVerifier({
        keys: keySource(second.jwks),
        issuer: second.issuer,
        audience: 'risk-budget',
        clockToleranceSeconds: 0,
        directory: () => undefined,
      }).verify(`Bearer ${token}`);
      expect(verified.subject).toBe('anna');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  async function refusal(header: string | undefined, by = verifier): Promise<CodedError> {
    try {
      await by.verify(header);
    } catch (error) {
      if (CodedError.is(error)) return error;
      throw error;
    }
    throw new Error('the token was accepted');
  }
});

function verifierFor(source: string): TokenVerifier {
  return new TokenVerifier({
    keys: keySource(source),
    issuer: 'issuer',
    audience: 'risk-budget',
    clockToleranceSeconds: 0,
    directory: () => undefined,
  });
}
