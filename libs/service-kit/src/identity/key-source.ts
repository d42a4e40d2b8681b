import { readFile } from 'node:fs/promises';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWTHeaderParameters,
  type JWTVerifyGetKey,
} from 'jose';
import { KitError } from '../errors/kit-error.js';

/** A file is read again for an unknown key at most this often, so that rotated keys are found and floods of bad tokens cost nothing. */
const reloadAfterMs = 10_000;

/**
 * Where the keys come from that sign tokens.
 *
 * @param source a JWKS as JSON, as the path of a file (read when needed and again when an unknown key appears), or as a URL (fetched and cached)
 */
export function keySource(source: string): JWTVerifyGetKey {
  if (source.trimStart().startsWith('{')) return createLocalJWKSet(JSON.parse(source) as JSONWebKeySet);
  if (/^https?:\/\//.test(source)) return remoteKeys(new URL(source));
  return fileKeys(source);
}

/**
 * Asks for trouble early: JSON that is no key set, and a file that cannot be read or holds none, are mistakes of configuration. A URL is
 * not asked: who issues tokens may start later.
 *
 * @returns what is wrong with the source, without its value; undefined when it can be used
 */
export async function problemOfKeySource(source: string): Promise<string | undefined> {
  if (/^https?:\/\//.test(source)) return undefined;
  if (source.trimStart().startsWith('{')) return isKeySet(source) ? undefined : 'is JSON, but no key set';
  try {
    return isKeySet(await readFile(source, 'utf8')) ? undefined : 'names a file that holds no key set';
  } catch (error) {
    const reason = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unreadable';
    return `names a file that cannot be read (${reason})`;
  }
}

function isKeySet(text: string): boolean {
  try {
    createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
    return true;
  } catch {
    return false;
  }
}

function remoteKeys(url: URL): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(url, {
    timeoutDuration: 3000,
    cooldownDuration: reloadAfterMs,
    cacheMaxAge: 600_000,
  });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      throw unavailable(error);
    }
  };
}

function fileKeys(path: string): JWTVerifyGetKey {
  let keys: JWTVerifyGetKey | undefined;
  let readAt = 0;
  const load = async (): Promise<JWTVerifyGetKey> => {
    try {
      readAt = Date.now();
      keys = createLocalJWKSet(JSON.parse(await readFile(path, 'utf8')) as JSONWebKeySet);
      return keys;
    } catch (error) {
      throw unavailable(error);
    }
  };
  return async (header: JWTHeaderParameters, token: FlattenedJWSInput) => {
    try {
      return await (keys ?? (await load()))(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || Date.now() - readAt < reloadAfterMs) throw error;
      return (await load())(header, token);
    }
  };
}

function unavailable(cause: unknown): KitError {
  return new KitError('INFRASTRUCTURE_UNAVAILABLE', {
    detail: 'The keys that sign tokens cannot be read.',
    retryAfterSeconds: 2,
    cause,
  });
}
