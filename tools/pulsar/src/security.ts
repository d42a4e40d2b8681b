import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { generate } from 'selfsigned';

/** Files of a broker's secrets, readable by their owner alone. */
export interface Security {
  secretKeyFile: string;
  certificateFile: string;
  privateKeyFile: string;
  /** A token for a role; it does not expire. */
  token(role: string): Promise<string>;
}

/** The role that may do everything: provisioning, and the broker's own clients. */
export const ADMIN_ROLE = 'admin';

/** Makes the key that signs tokens and a certificate for 127.0.0.1, or finds those of an earlier start. */
export async function prepareSecurity(dir: string): Promise<Security> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const [secretKeyFile, certificateFile, privateKeyFile] = ['secret.key', 'certificate.pem', 'private-key.pem'].map(
    (name) => join(dir, name),
  ) as [string, string, string];
  if (!existsSync(secretKeyFile)) await writeFile(secretKeyFile, randomBytes(32), { mode: 0o600 });
  if (!existsSync(certificateFile)) {
    const made = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
      keyType: 'rsa',
      keySize: 2048,
      algorithm: 'sha256',
      notAfterDate: new Date(Date.now() + 10 * 365 * 86_400_000),
      extensions: [
        { name: 'basicConstraints', cA: true },
        {
          name: 'subjectAltName',
          altNames: [
            { type: 7, ip: '127.0.0.1' },
            { type: 2, value: 'localhost' },
          ],
        },
      ],
    });
    await writeFile(privateKeyFile, made.private, { mode: 0o600 });
    await writeFile(certificateFile, made.cert);
  }
  const secret = await readFile(secretKeyFile);
  return {
    secretKeyFile,
    certificateFile,
    privateKeyFile,
    token: (role) => new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).setSubject(role).sign(secret),
  };
}
