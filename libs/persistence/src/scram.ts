import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

const ITERATIONS = 4096;

/** The SCRAM-SHA-256 verifier of a password, as PostgreSQL stores it, so that no password stands in a statement or a log. */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16), iterations = ITERATIONS): string {
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, iterations, 32, 'sha256');
  const stored = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${hmac(salted, 'Server Key').toString('base64')}`;
}

/** Whether a stored verifier is that of a password. */
export function verifierMatches(verifier: string | null, password: string): boolean {
  const match = /^SCRAM-SHA-256\$(\d+):([^$]+)\$/.exec(verifier ?? '');
  if (verifier === null || match?.[1] === undefined || match[2] === undefined) return false;
  const own = scramVerifier(password, Buffer.from(match[2], 'base64'), Number(match[1]));
  return own.length === verifier.length && timingSafeEqual(Buffer.from(own), Buffer.from(verifier));
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
