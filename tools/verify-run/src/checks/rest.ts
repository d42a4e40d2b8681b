import { createHash } from 'node:crypto';
import type { AuditChain } from '../inputs/rest-findings.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** What services say when everything is over: nothing unpublished, unfinished, parked or dead; audit chains whole. */
export function checkRest({ rest }: RunContext): Check[] {
  const quiet = new CheckRecorder('no unpublished outbox row, no unfinished inbox row, no parked key, no dead letter');
  const chains = new CheckRecorder('audit chains by their route and hash by hash');
  quiet.expect(rest.services.length > 0, () => 'no service was asked');
  for (const found of rest.services) {
    quiet.expect(found.unpublished === 0, () => `${found.service}: ${found.unpublished} unpublished`);
    quiet.expect(found.unfinished === 0, () => `${found.service}: ${found.unfinished} unfinished`);
    quiet.expect(found.parkedKeys === 0, () => `${found.service}: ${found.parkedKeys} parked keys`);
    quiet.expect(found.deadLetters === 0, () => `${found.service}: ${found.deadLetters} dead letters`);
    for (const chain of found.auditChains) checkChain(chains, found.service, chain);
  }
  return [quiet.result(), chains.result()];
}

const genesis = '0'.repeat(64);

function checkChain(check: CheckRecorder, service: string, chain: AuditChain): void {
  const name = `${service} chain ${chain.chain}`;
  check.expect(chain.valid, () => `${name}: its own verification fails`);
  let previous = genesis;
  chain.entries.forEach((entry, index) => {
    const { hash, ...content } = entry;
    check.expect(
      entry['position'] === index + 1,
      () => `${name}: position ${String(entry['position'])} at ${index + 1}`,
    );
    check.expect(entry['previous'] === previous, () => `${name}: entry ${index + 1} does not follow the one before`);
    const own = createHash('sha256').update(canonical(content)).digest('hex');
    check.expect(hash === own, () => `${name}: the hash of entry ${index + 1} is not that of its content`);
    previous = String(hash);
  });
  check.expect(chain.length === chain.entries.length && chain.head === previous, () => `${name}: the head is another`);
}

/** JSON with sorted keys and without spaces, as RFC 8785 asks. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`);
  return `{${members.join(',')}}`;
}
