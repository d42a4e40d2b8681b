export { deploy, type Deployment } from './deployment.js';
export { startInProcess } from './in-process-fleet.js';
export { layoutOf, serviceNames, type Layout, type ServiceName } from './layout.js';
export { startAsProcesses, type ProcessFleet } from './process-fleet.js';
export { runSample } from './sample-run.js';
export { mintTokens, people, type Tokens } from './tokens.js';
