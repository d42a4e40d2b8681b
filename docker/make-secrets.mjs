// Makes the secrets of docker/compose.yaml, one file each, in docker/secrets: passwords, database URLs, the key that signs the broker's
// tokens, a token for each role, the key that signs webhooks. What is there already stays as it is; delete the folder to begin anew.
// Readable by the containers' own users: the folder keeps others on this host out.
import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const services = ['forecasting', 'allocation', 'utilization', 'limits', 'stress', 'attribution'];
const folder = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), 'secrets');
let made = 0;

/** The secret of that name, made at the first time. */
function secret(name, make) {
  const file = join(folder, name);
  if (!existsSync(file)) {
    writeFileSync(file, make(), { mode: 0o644 });
    made++;
  }
  return readFileSync(file);
}

const password = () => randomBytes(24).toString('hex');
const databaseUrl = (role, word) => `postgresql://${role}:${word}@database:5432/risk_budget`;

/** A JWT for a role of the broker; it does not expire. */
function brokerToken(key, role) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: role })}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

mkdirSync(folder, { recursive: true, mode: 0o700 });
const admin = secret('database-admin-password', password);
secret('database-admin-url', () => databaseUrl('admin', admin));
const key = secret('pulsar-secret-key', () => randomBytes(32));
// The services' roles, the administrator, and those around us: who publishes upstream, who reads, who takes dead letters.
for (const role of ['admin', 'upstream', 'reader', 'operator'])
  secret(`pulsar-${role}-token`, () => brokerToken(key, role));
secret('webhook-secret', password);
for (const name of services) {
  const owner = secret(`${name}-owner-password`, password);
  const app = secret(`${name}-app-password`, password);
  secret(`${name}-database-owner-url`, () => databaseUrl(`${name}_owner`, owner));
  secret(`${name}-database-url`, () => databaseUrl(`${name}_app`, app));
  secret(`${name}-pulsar-token`, () => brokerToken(key, name));
}
console.log(`${made} secrets made in ${folder}`);
