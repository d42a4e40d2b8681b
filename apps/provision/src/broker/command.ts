import { parseArgs } from 'node:util';
import { brokerAccessOf, brokerTopics, provisionPulsar } from '@risk-budget/messaging';
import { services } from '../services.js';
import { SettingsError } from '../settings-error.js';

export const usage = `npm run pulsar:provision -- [--apply] [--tenant NAME]
  Shows what a broker lacks of tenant, namespaces, topics, retention, time to live, dead-letter subscriptions and permissions;
  with --apply it makes it. Run again it finds nothing to do. In the image: broker [--apply] [--tenant NAME]
  --tenant NAME            default risk-budget
  PULSAR_ADMIN_URL         http(s)://host:port of the administration
  PULSAR_ADMIN_TOKEN       a token of a superuser, or PULSAR_ADMIN_TOKEN_FILE
  PULSAR_CA_FILE           PEM of the authority behind an https address`;

/** The command `broker`. @throws SettingsError, and what {@link provisionPulsar} throws */
export async function provisionBrokerCommand(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<void> {
  const options = optionsOf(args);
  if (options.help === true) return say(usage);
  const { PULSAR_ADMIN_URL: adminUrl = '', PULSAR_ADMIN_TOKEN, PULSAR_ADMIN_TOKEN_FILE, PULSAR_CA_FILE } = environment;
  if (!URL.canParse(adminUrl) || !/^https?:$/.test(new URL(adminUrl).protocol))
    throw new SettingsError(`PULSAR_ADMIN_URL takes http(s)://host:port.\n${usage}`);
  const { steps, applied } = await provisionPulsar({
    adminUrl,
    ...brokerAccessOf({
      MESSAGING_TOKEN: PULSAR_ADMIN_TOKEN,
      MESSAGING_TOKEN_FILE: PULSAR_ADMIN_TOKEN_FILE,
      MESSAGING_CA_FILE: PULSAR_CA_FILE,
    }),
    tenant: options.tenant ?? 'risk-budget',
    topics: brokerTopics(services.map(({ name, topics }) => ({ name, ...topics }))),
    apply: options.apply === true,
    print: say,
  });
  if (steps.length > 0) say(applied ? 'Done.' : 'Nothing was changed: --apply does it.');
}

function optionsOf(args: readonly string[]): { apply?: boolean; tenant?: string; help?: boolean } {
  try {
    const flag = { type: 'boolean' } as const;
    return parseArgs({ args: [...args], options: { apply: flag, help: flag, tenant: { type: 'string' } } }).values;
  } catch (error) {
    throw new SettingsError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}
