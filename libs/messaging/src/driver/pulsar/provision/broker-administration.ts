import { PulsarAccess, type BrokerAccess } from '../access.js';
import { PulsarAdmin } from '../admin.js';
import type { BrokerTopic, Permission } from './layout.js';
import type { PulsarStep } from './provision-pulsar.js';

const FOR_EVER = { retentionTimeInMinutes: -1, retentionSizeInMB: -1 };

/** Everything of a namespace that differs from Pulsar's own ways: nothing is dropped by itself, nothing appears by itself. */
const namespacePolicies: readonly { name: string; method: 'POST'; wanted: Record<string, unknown> }[] = [
  { name: 'retention', method: 'POST', wanted: FOR_EVER },
  { name: 'autoTopicCreation', method: 'POST', wanted: { allowAutoTopicCreation: false } },
  {
    name: 'inactiveTopicPolicies',
    method: 'POST',
    wanted: {
      inactiveTopicDeleteMode: 'delete_when_no_subscriptions',
      maxInactiveDurationSeconds: 31_536_000,
      deleteWhileInactive: false,
    },
  },
];

/** Looks at a broker and plans what is missing. Namespaces are `tenant/name`, topics `tenant/namespace/name`. */
export class BrokerAdministration {
  private readonly admin: PulsarAdmin;

  constructor(options: BrokerAccess & { adminUrl: string }) {
    const { adminUrl, ...secrets } = options;
    const secured = new URL(adminUrl);
    this.admin = new PulsarAdmin(
      new PulsarAccess(`${secured.protocol === 'https:' ? 'wss' : 'ws'}://${secured.host}`, secrets),
    );
  }

  async tenantExists(tenant: string): Promise<boolean> {
    return (await this.admin.ask('GET', `/tenants/${tenant}`, { allow: [404] })).status !== 404;
  }

  async createTenant(tenant: string): Promise<void> {
    const { body } = await this.admin.ask('GET', '/clusters');
    await this.send('PUT', `/tenants/${tenant}`, { allowedClusters: body, adminRoles: [] });
  }

  async namespaces(tenant: string): Promise<string[]> {
    return (await this.admin.ask('GET', `/namespaces/${tenant}`)).body as string[];
  }

  /** Existing topics of a namespace, as `tenant/namespace/name`. */
  async topics(namespace: string): Promise<string[]> {
    const { body } = await this.admin.ask('GET', `/persistent/${namespace}`);
    return (body as string[]).map((topic) => topic.replace('persistent://', ''));
  }

  async planNamespace(namespace: string, present: boolean): Promise<PulsarStep[]> {
    const path = `/namespaces/${namespace}`;
    const steps: PulsarStep[] = present
      ? []
      : [{ description: `create namespace ${namespace}`, run: () => this.send('PUT', path) }];
    for (const { name, method, wanted } of namespacePolicies) {
      const found = present ? (await this.admin.ask('GET', `${path}/${name}`, { allow: [404] })).body : undefined;
      if (!agrees(found, wanted))
        steps.push({
          description: `${name} of ${namespace}: ${JSON.stringify(wanted)}`,
          run: () => this.send(method, `${path}/${name}`, wanted),
        });
    }
    return steps;
  }

  async planTopic(topic: string, wanted: BrokerTopic, present: boolean): Promise<PulsarStep[]> {
    const path = `/persistent/${topic}`;
    const steps: PulsarStep[] = present
      ? []
      : [{ description: `create topic ${topic}`, run: () => this.send('PUT', path) }];
    steps.push(...(await this.planTimes(topic, wanted.retentionDays, present)));
    const { subscription } = wanted;
    if (subscription !== undefined) {
      const made = present && (await this.admin.subscriptions(topic))?.[subscription] !== undefined;
      if (!made)
        steps.push({
          description: `create subscription ${subscription} on ${topic}`,
          run: () => this.admin.createSubscription(topic, subscription, 'earliest'),
        });
    }
    return [...steps, ...(await this.planPermissions(topic, wanted.permissions, present))];
  }

  /** Retention, and the time after which a message that nobody has acknowledged is given up. */
  private async planTimes(topic: string, days: number | undefined, present: boolean): Promise<PulsarStep[]> {
    if (days === undefined) return []; // as its namespace: for ever
    const path = `/persistent/${topic}`;
    const [minutes, seconds] = [days * 1_440, days * 86_400];
    const retention = { retentionTimeInMinutes: minutes, retentionSizeInMB: -1 };
    const read = async (name: string): Promise<unknown> =>
      present ? (await this.admin.ask('GET', `${path}/${name}`, { allow: [404] })).body : undefined;
    const steps: PulsarStep[] = [];
    if (!agrees(await read('retention'), retention))
      steps.push({
        description: `retention of ${topic}: ${days} days`,
        run: () => this.send('POST', `${path}/retention`, retention),
      });
    if (Number((await read('messageTTL')) ?? 0) !== seconds)
      steps.push({
        description: `time to live of ${topic}: ${days} days`,
        run: () => this.send('POST', `${path}/messageTTL?messageTTL=${seconds}`),
      });
    return steps;
  }

  private async planPermissions(
    topic: string,
    wanted: BrokerTopic['permissions'],
    present: boolean,
  ): Promise<PulsarStep[]> {
    const path = `/persistent/${topic}/permissions`;
    const found = (present ? (await this.admin.ask('GET', path)).body : {}) as Record<string, Permission[]>;
    return Object.entries(wanted)
      .filter(([role, actions]) => [...(found[role] ?? [])].sort().join() !== [...actions].sort().join())
      .map(([role, actions]) => ({
        description: `${role} may ${actions.join(' and ')} on ${topic}`,
        run: () => this.send('POST', `${path}/${encodeURIComponent(role)}`, actions),
      }));
  }

  private async send(method: string, path: string, body?: unknown): Promise<void> {
    // 409: another run has made it in between.
    await this.admin.ask(method, path, { ...(body === undefined ? {} : { body: JSON.stringify(body) }), allow: [409] });
  }
}

/** Whether what is there says of every wanted field what is wanted. */
function agrees(found: unknown, wanted: Record<string, unknown>): boolean {
  if (typeof found !== 'object' || found === null) return false;
  return Object.entries(wanted).every(([name, value]) => Reflect.get(found, name) === value);
}
