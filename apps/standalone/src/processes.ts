import { startEmbeddedBus } from './bus/embedded-bus.js';
import { startAsProcesses } from './process-fleet.js';
import { standalone } from './standalone.js';

process.exitCode = await standalone(process.argv.slice(2), startAsProcesses, startEmbeddedBus);
