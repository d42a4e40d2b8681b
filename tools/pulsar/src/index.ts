export { fetchJars, missingRequirement } from './artifacts.js';
export { Broker, wipe, type StartBrokerOptions } from './broker.js';
export type { BrokerPorts, BrokerSettings } from './broker-config.js';
export { ADMIN_ROLE } from './security.js';
