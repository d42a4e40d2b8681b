import type { Persistence } from '@risk-budget/persistence';
import { entryColumns, genesis, hashOf } from './audit-entry.js';
import type { AuditEntry, AuditProblem, AuditVerification } from './audit.types.js';

const batchSize = 1000;
const maximumProblems = 20;

/** Walks a chain from its first entry; the reads are not one snapshot, so entries appended meanwhile are simply walked too. */
export async function verifyChain(persistence: Persistence, chain: string): Promise<AuditVerification> {
  const problems: AuditProblem[] = [];
  const report = (position: number, problem: string): void => {
    if (problems.length < maximumProblems) problems.push({ position, problem });
  };
  const anchors = await anchorsOf(persistence, chain);
  const seen = { position: 0, hash: genesis };
  for (;;) {
    const entries = await persistence.query<AuditEntry>(
      `SELECT ${entryColumns} FROM audit_entry WHERE chain = $1 AND position > $2 ORDER BY position LIMIT ${batchSize}`,
      [chain, seen.position],
    );
    for (const entry of entries) {
      checkEntry(entry, seen, report);
      const anchored = anchors.get(entry.position);
      if (anchored !== undefined && anchored !== entry.hash)
        report(entry.position, 'differs from the hash that was anchored');
      anchors.delete(entry.position);
      seen.position = entry.position;
      seen.hash = entry.hash;
    }
    if (entries.length < batchSize) break;
  }
  for (const position of anchors.keys()) report(position, 'was anchored and is missing');
  await checkHead(persistence, chain, seen, report);
  return { chain, valid: problems.length === 0, length: seen.position, head: seen.hash, problems };
}

function checkEntry(
  entry: AuditEntry,
  before: { position: number; hash: string },
  report: (position: number, problem: string) => void,
): void {
  const { hash, ...content } = entry;
  if (entry.position !== before.position + 1)
    report(entry.position, `follows entry ${before.position}; those between are missing`);
  if (entry.previous !== before.hash) report(entry.position, 'does not continue the entry before it');
  let computed: string | undefined;
  try {
    computed = hashOf(content);
  } catch {
    report(entry.position, 'holds values that no entry can have');
  }
  if (computed !== undefined && computed !== hash)
    report(entry.position, 'was changed: its content does not give its hash');
}

async function anchorsOf(persistence: Persistence, chain: string): Promise<Map<number, string>> {
  const found = await persistence.query<{ length: number; hash: string }>(
    'SELECT length, hash FROM audit_anchor WHERE chain = $1 AND length > 0 ORDER BY length',
    [chain],
  );
  return new Map(found.map((anchor) => [anchor.length, anchor.hash]));
}

async function checkHead(
  persistence: Persistence,
  chain: string,
  seen: { position: number; hash: string },
  report: (position: number, problem: string) => void,
): Promise<void> {
  const [head] = await persistence.query<{ length: number; hash: string }>(
    'SELECT length, hash FROM audit_head WHERE chain = $1',
    [chain],
  );
  if (head === undefined) report(seen.position, 'the head of the chain is missing');
  // An entry appended between the walk and this read moves the head forward; the walk's own end must then still be part of the chain.
  else if (head.length < seen.position || (head.length === seen.position && head.hash !== seen.hash))
    report(head.length, 'the head of the chain does not name its last entry');
  else if (head.length > seen.position) {
    const found = await persistence.query(
      'SELECT 1 FROM audit_entry WHERE chain = $1 AND position = $2 AND previous = $3',
      [chain, seen.position + 1, seen.hash],
    );
    if (found.length === 0) report(seen.position + 1, 'entries at the end of the chain are missing');
  }
}
