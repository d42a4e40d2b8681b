import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fleet } from './fleet.js';
import { serviceNames, type Layout } from './layout.js';
import { people, type PersonKey, type Tokens } from './tokens.js';

/** `riskManager` → `RISK_MANAGER`. */
function shellName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/**
 * URLs and tokens as a shell file that the examples of `docs/` can be run with, and the URL of the embedded broker for programs that
 * publish or read; readable by its owner alone.
 *
 * @returns its path
 */
export async function writeAccessFile(
  layout: Layout,
  fleet: Fleet,
  tokens: Tokens,
  messaging: { url: string; token: string | undefined },
): Promise<string> {
  const lines = [
    ...serviceNames.flatMap((name) => [
      `export ${shellName(name)}_URL='${fleet.url(name)}'`,
      `export ${shellName(name)}_MANAGEMENT_URL='${fleet.managementUrl(name)}'`,
    ]),
    `export MESSAGING_URL='${messaging.url}'`,
    ...(messaging.token === undefined ? [] : [`export MESSAGING_TOKEN='${messaging.token}'`]),
    ...Object.entries(tokens).map(([key, token]) => `export TOKEN_${shellName(key)}='${token}'`),
  ];
  const file = join(layout.dataDir, 'access.env');
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  return file;
}

export function printAccess(fleet: Fleet, tokens: Tokens, file: string, say: (line: string) => void): void {
  say('\nServices');
  for (const name of serviceNames) {
    say(`  ${name.padEnd(12)} ${fleet.url(name)}/docs   health ${fleet.managementUrl(name)}/health/ready`);
  }
  say('\nTokens (Authorization: Bearer …), good for thirty days');
  for (const [key, token] of Object.entries(tokens)) say(`  ${people[key as PersonKey].name}\n    ${token}`);
  say(`\nFor the examples in docs/: source ${file}\n`);
}
