import { createRequire } from 'node:module';

/** Why the native client cannot be used here, said aloud; undefined when it can. */
export function nativeOrReason(): string | undefined {
  try {
    createRequire(import.meta.url)('pulsar-client');
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    process.stderr.write(`\n*** SKIPPED: the native Pulsar client, for it is not installed here (${reason}) ***\n\n`);
    return reason;
  }
}
