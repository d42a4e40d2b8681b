import { BlockList, isIP } from 'node:net';

/** Whether a recipient is an address to call, and not a role or a name. */
export function isWebhook(recipient: string): boolean {
  return /^https?:\/\//i.test(recipient);
}

/** Where webhooks may go. */
export interface WebhookRules {
  /** Origins (`https://hooks.example.com`), or origins with a path that targets must begin with. */
  readonly allowed: readonly string[];
  /** Loopback, private and link-local addresses, and plain HTTP: for standalone and tests only. */
  readonly allowPrivate: boolean;
}

/** What is wrong with a target, undefined when it may be called. */
export function targetProblem(target: string, rules: WebhookRules): { problem: string; allowed: string } | undefined {
  const allowedText = rules.allowed.join(', ') || 'none: WEBHOOK_ALLOWED_TARGETS is empty';
  if (!URL.canParse(target)) return { problem: 'is no URL', allowed: allowedText };
  const url = new URL(target);
  if (url.username !== '' || url.password !== '')
    return { problem: 'carries a name or a password', allowed: 'a URL without them' };
  if (url.protocol !== 'https:' && !(rules.allowPrivate && url.protocol === 'http:')) {
    return { problem: 'is not encrypted', allowed: 'https' };
  }
  if (!rules.allowed.some((entry) => covers(entry, url)))
    return { problem: 'is not on the allow-list', allowed: allowedText };
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!rules.allowPrivate && isIP(host) !== 0 && isPrivateAddress(host)) {
    return { problem: 'is a private address', allowed: 'public addresses' };
  }
  return undefined;
}

function covers(entry: string, url: URL): boolean {
  if (!URL.canParse(entry)) return false;
  const allowed = new URL(entry);
  if (allowed.origin !== url.origin) return false;
  const prefix = allowed.pathname.endsWith('/') ? allowed.pathname : `${allowed.pathname}/`;
  return allowed.pathname === '/' || url.pathname === allowed.pathname || url.pathname.startsWith(prefix);
}

/** Everything that is not an address of the public internet, as the special-purpose registries of IANA list it. */
const notPublic = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  notPublic.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 128],
  ['::1', 128],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001:db8::', 32],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  notPublic.addSubnet(network, prefix, 'ipv6');
}

/** Whether an address must not be called from a deployment. IPv4 inside IPv6 (mapped, translated, 6to4) is judged by the IPv4 address. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return notPublic.check(address, 'ipv4');
  if (family !== 6) return true;
  const embedded = embeddedIPv4(address);
  return notPublic.check(address, 'ipv6') || (embedded !== undefined && notPublic.check(embedded, 'ipv4'));
}

function embeddedIPv4(address: string): string | undefined {
  const groups = expand(address);
  const first = groups.slice(0, 6).join(':');
  const pair = (high: number, low: number): string => {
    const [a, b] = [groups[high] ?? 0, groups[low] ?? 0];
    return [a >> 8, a & 255, b >> 8, b & 255].join('.');
  };
  if (first === '0:0:0:0:0:65535' || first === '0:0:0:0:0:0' || first === `${0x64}:${0xff9b}:0:0:0:0`)
    return pair(6, 7);
  if (groups[0] === 0x2002) return pair(1, 2);
  return undefined;
}

/** The eight groups of an IPv6 address. */
function expand(address: string): number[] {
  const canonical = new URL(`http://[${address.split('%')[0]}]/`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const middle = tail === undefined ? [] : Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...middle, ...right].map((group) => Number.parseInt(group, 16));
}
