import { pathToFileURL } from 'node:url';
import { ADMIN_ROLE, type Security } from './security.js';

/** Ports of a broker on 127.0.0.1. */
export interface BrokerPorts {
  /** The binary protocol: `pulsar://` */
  broker: number;
  brokerTls: number;
  /** HTTP: administration and `ws://` */
  web: number;
  webTls: number;
  bookie: number;
}

export interface BrokerSettings {
  /** Idle WebSockets are closed after this; Pulsar's own default is five minutes. */
  webSocketIdleMs?: number;
}

/** The text of broker.conf: durable, on loopback only, every client with a token. */
export function brokerConfig(
  ports: BrokerPorts,
  security: Security,
  adminToken: string,
  settings: BrokerSettings,
): string {
  const lines: Record<string, string | number | boolean> = {
    clusterName: 'standalone',
    // Empty: the standalone brings its own metadata store.
    metadataStoreUrl: '',
    configurationMetadataStoreUrl: '',
    bindAddress: '127.0.0.1',
    advertisedAddress: '127.0.0.1',
    allowLoopback: true,
    brokerServicePort: ports.broker,
    brokerServicePortTls: ports.brokerTls,
    webServicePort: ports.web,
    webServicePortTls: ports.webTls,
    tlsCertificateFilePath: security.certificateFile,
    tlsKeyFilePath: security.privateKeyFile,
    tlsTrustCertsFilePath: security.certificateFile,
    managedLedgerDefaultEnsembleSize: 1,
    managedLedgerDefaultWriteQuorum: 1,
    managedLedgerDefaultAckQuorum: 1,
    // A message is on the disk before its publisher is told: the journal's own default, said here so that nobody wonders.
    journalSyncData: true,
    // Readers at the end of a topic are told at once: latency 4 ms instead of 12.
    managedLedgerNewEntriesCheckDelayInMillis: 0,
    // It shares the disk with everything else of the machine: it goes on until that is full, instead of turning read-only at 95 % for good.
    diskUsageThreshold: 0.9999,
    diskUsageWarnThreshold: 0.999,
    diskUsageLwmThreshold: 0.999,
    minUsableSizeForIndexFileCreation: 1_048_576,
    minUsableSizeForEntryLogCreation: 1_048_576,
    minUsableSizeForHighPriorityWrites: 1_048_576,
    webSocketServiceEnabled: true,
    webSocketSessionIdleTimeoutMillis: settings.webSocketIdleMs ?? 300_000,
    authenticationEnabled: true,
    authorizationEnabled: true,
    authenticationProviders: 'org.apache.pulsar.broker.authentication.AuthenticationProviderToken',
    tokenSecretKey: pathToFileURL(security.secretKeyFile).href,
    superUserRoles: ADMIN_ROLE,
    brokerClientAuthenticationPlugin: 'org.apache.pulsar.client.impl.auth.AuthenticationToken',
    brokerClientAuthenticationParameters: `token:${adminToken}`,
    // A topic exists because it was provisioned, not because somebody mistyped it.
    allowAutoTopicCreation: false,
    brokerDeleteInactiveTopicsEnabled: false,
    acknowledgmentAtBatchIndexLevelEnabled: true,
  };
  return Object.entries(lines)
    .map(([name, value]) => `${name}=${String(value)}\n`)
    .join('');
}
