import { startPulsarBus } from './bus/pulsar-bus.js';
import { startAsProcesses } from './process-fleet.js';
import { standalone } from './standalone.js';

process.exitCode = await standalone(process.argv.slice(2), startAsProcesses, startPulsarBus);
