import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { badMessagingUrl } from '../../errors.js';

/** What a connection to a broker needs beyond its address. Secrets stand here, not in the URL. */
export interface BrokerAccess {
  /** A token (JWT) for the broker. */
  token?: string;
  /** A file that holds the token, read again at every connection, so that it can be exchanged while the service runs. */
  tokenFile?: string;
  /** A PEM file of the authority that signed the broker's certificate; default: those that Node trusts. */
  caFile?: string;
}

/** The secrets of a broker, as the environment names them. */
export interface BrokerAccessVariables {
  MESSAGING_TOKEN?: string | undefined;
  MESSAGING_TOKEN_FILE?: string | undefined;
  MESSAGING_CA_FILE?: string | undefined;
}

export function brokerAccessOf(variables: BrokerAccessVariables): BrokerAccess {
  const { MESSAGING_TOKEN: token, MESSAGING_TOKEN_FILE: tokenFile, MESSAGING_CA_FILE: caFile } = variables;
  return {
    ...(token === undefined ? {} : { token }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
    ...(caFile === undefined ? {} : { caFile }),
  };
}

/** Default of `pingSeconds`: Pulsar closes a WebSocket that was idle for five minutes, and many proxies do after one. */
const PING_SECONDS = 20;

/** The parts of a MESSAGING_URL for a Pulsar broker, and the secrets that go with it. */
export class PulsarAccess {
  readonly scheme: 'ws' | 'wss' | 'pulsar' | 'pulsar+ssl';
  /** Without path and parameters: `ws://host:8080`. */
  readonly serviceUrl: string;
  /** Where Pulsar's administration answers: `http://host:8080`. */
  readonly adminUrl: string;
  readonly tenant: string;
  readonly pingMs: number;
  readonly ca: string | undefined;
  readonly caFile: string | undefined;

  /**
   * @param url `ws://host:8080?tenant=risk-budget`, `pulsar://host:6650?admin=http://host:8080`; parameters: `tenant`
   *   (default `public`), `admin` (default: the same host and port, for WebSocket only), `pingSeconds`
   * @throws `MESSAGING.BAD_URL`
   */
  constructor(
    url: string,
    private readonly secrets: BrokerAccess,
  ) {
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (parsed === undefined) throw badMessagingUrl('it is no URL');
    const parameters = parsed.searchParams;
    for (const name of parameters.keys()) {
      if (!['tenant', 'admin', 'pingSeconds'].includes(name))
        throw badMessagingUrl(`there is no parameter "${name}"; known are tenant, admin and pingSeconds`);
    }
    this.scheme = parsed.protocol.slice(0, -1) as PulsarAccess['scheme'];
    this.serviceUrl = `${parsed.protocol}//${parsed.host}`;
    this.tenant = parameters.get('tenant') ?? 'public';
    if (!/^[\w.-]{1,100}$/.test(this.tenant))
      throw badMessagingUrl('tenant takes 1 to 100 letters, digits, dots, hyphens and underscores');
    this.adminUrl = adminUrlOf(parsed, parameters.get('admin'));
    const seconds = Number(parameters.get('pingSeconds') ?? PING_SECONDS);
    if (!(seconds >= 0.1 && seconds <= 240)) throw badMessagingUrl('pingSeconds takes a number from 0.1 to 240');
    this.pingMs = seconds * 1_000;
    this.caFile = secrets.caFile;
    this.ca = secrets.caFile === undefined ? undefined : readFileSync(secrets.caFile, 'utf8');
  }

  async token(): Promise<string | undefined> {
    const { token, tokenFile } = this.secrets;
    return tokenFile === undefined ? token : (await readFile(tokenFile, 'utf8')).trim();
  }

  /** The header that carries the token; empty without one. */
  async headers(): Promise<Record<string, string>> {
    const token = await this.token();
    return token === undefined ? {} : { authorization: `Bearer ${token}` };
  }
}

function adminUrlOf(url: URL, given: string | null): string {
  if (given !== null) {
    const admin = URL.canParse(given) ? new URL(given) : undefined;
    if (admin === undefined || !/^https?:$/.test(admin.protocol)) throw badMessagingUrl('admin takes an http(s) URL');
    return admin.origin;
  }
  if (url.protocol === 'ws:') return `http://${url.host}`;
  if (url.protocol === 'wss:') return `https://${url.host}`;
  throw badMessagingUrl(`${url.protocol}// needs the parameter admin, such as ?admin=http://host:8080`);
}
