import type { ServiceName } from './layout.js';

/** The running services, in this process or in processes of their own. */
export interface Fleet {
  url(service: ServiceName): string;
  managementUrl(service: ServiceName): string;
  /** Rejects when a service has ended that should be running and cannot be brought back. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

export type Urls = Readonly<Record<ServiceName, { readonly url: string; readonly managementUrl: string }>>;
