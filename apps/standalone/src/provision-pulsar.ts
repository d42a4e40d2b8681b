import { brokerAccessOf, brokerTopics, provisionPulsar } from '@risk-budget/messaging';
import { parseArgs } from 'node:util';
import { brokerServices } from './definitions.js';

const usage = `npm run pulsar:provision -- [--apply] [--tenant NAME]
  Shows what a broker lacks of tenant, namespaces, topics, retention, time to live, dead-letter subscriptions and permissions;
  with --apply it makes it. Run again it finds nothing to do.
  --tenant NAME            default risk-budget
  PULSAR_ADMIN_URL         http(s)://host:port of the administration
  PULSAR_ADMIN_TOKEN       a token of a superuser, or PULSAR_ADMIN_TOKEN_FILE
  PULSAR_CA_FILE           PEM of the authority behind an https address`;

/** @returns the exit code */
async function main(): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const { values } = parseArgs({
    options: {
      apply: { type: 'boolean', default: false },
      tenant: { type: 'string', default: 'risk-budget' },
      help: { type: 'boolean', default: false },
    },
  });
  const { PULSAR_ADMIN_URL: adminUrl = '', PULSAR_ADMIN_TOKEN, PULSAR_ADMIN_TOKEN_FILE, PULSAR_CA_FILE } = process.env;
  if (values.help) {
    say(usage);
    return 0;
  }
  if (!URL.canParse(adminUrl) || !/^https?:$/.test(new URL(adminUrl).protocol)) {
    process.stderr.write(`PULSAR_ADMIN_URL takes http(s)://host:port.\n${usage}\n`);
    return 2;
  }
  const { steps, applied } = await provisionPulsar({
    adminUrl,
    ...brokerAccessOf({
      MESSAGING_TOKEN: PULSAR_ADMIN_TOKEN,
      MESSAGING_TOKEN_FILE: PULSAR_ADMIN_TOKEN_FILE,
      MESSAGING_CA_FILE: PULSAR_CA_FILE,
    }),
    tenant: values.tenant,
    topics: brokerTopics(brokerServices),
    apply: values.apply,
    print: say,
  });
  if (steps.length > 0) say(applied ? 'Done.' : 'Nothing was changed: --apply does it.');
  return 0;
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
