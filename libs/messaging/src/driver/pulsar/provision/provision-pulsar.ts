import type { BrokerAccess } from '../access.js';
import { BrokerAdministration } from './broker-administration.js';
import { namespaces, type BrokerTopic } from './layout.js';

export interface ProvisionPulsarOptions extends BrokerAccess {
  /** `http(s)://host:port` of Pulsar's administration. */
  adminUrl: string;
  tenant: string;
  topics: readonly BrokerTopic[];
  /** False only plans. */
  apply: boolean;
  /** Receives the plan, line by line, before anything is done. */
  print?: (line: string) => void;
}

/** One step of a plan. */
export interface PulsarStep {
  description: string;
  run(): Promise<unknown>;
}

export interface PulsarPlan {
  /** What is to be done, in order; empty when there is nothing left to do. */
  steps: readonly string[];
  applied: boolean;
}

/** Topics are looked at and made so many at a time. */
const AT_ONCE = 6;

/**
 * Makes what services need on a broker: tenant, namespaces, topics, retention and time to live, the operator's subscriptions on the
 * dead letters, permissions. Looks first, plans only what is missing or different, prints the plan, then carries it out; run again it
 * finds nothing to do. Topics and roles that it does not know it leaves alone.
 *
 * @throws `MESSAGING.BROKER_UNREACHABLE`, `MESSAGING.BROKER_REFUSED`
 */
export async function provisionPulsar(options: ProvisionPulsarOptions): Promise<PulsarPlan> {
  const { tenant, apply, print = () => undefined } = options;
  const administration = new BrokerAdministration(options);
  const plan = await makePlan(administration, tenant, options.topics);
  const steps = plan.flat();
  print(`Tenant ${tenant} on ${options.adminUrl}: ${steps.length === 0 ? 'nothing to do' : `${steps.length} steps`}`);
  for (const { description } of steps) print(`  ${description}`);
  if (apply) {
    const [first = [], ...rest] = plan;
    for (const step of first) await step.run();
    await atOnce(rest, async (own) => {
      for (const step of own) await step.run();
    });
  }
  return { steps: steps.map(({ description }) => description), applied: apply };
}

/** First what stands above topics, then each topic's own steps. */
async function makePlan(
  administration: BrokerAdministration,
  tenant: string,
  topics: readonly BrokerTopic[],
): Promise<PulsarStep[][]> {
  const general: PulsarStep[] = [];
  const known = await administration.tenantExists(tenant);
  if (!known) general.push({ description: `create tenant ${tenant}`, run: () => administration.createTenant(tenant) });
  const found = known ? await administration.namespaces(tenant) : [];
  const existing = new Set<string>();
  for (const name of namespaces) {
    const namespace = `${tenant}/${name}`;
    const present = found.includes(namespace);
    if (present) for (const topic of await administration.topics(namespace)) existing.add(topic);
    general.push(...(await administration.planNamespace(namespace, present)));
  }
  const own = await atOnce(topics, (topic) =>
    administration.planTopic(`${tenant}/${topic.path}`, topic, existing.has(`${tenant}/${topic.path}`)),
  );
  return [general, ...own];
}

async function atOnce<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  const rest = [...items.entries()];
  const next = async (): Promise<void> => {
    for (let entry = rest.shift(); entry !== undefined; entry = rest.shift()) results[entry[0]] = await work(entry[1]);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  return results;
}
