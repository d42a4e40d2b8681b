import { startEmbeddedBus } from './bus/embedded-bus.js';
import { startInProcess } from './in-process-fleet.js';
import { standalone } from './standalone.js';

process.exitCode = await standalone(process.argv.slice(2), startInProcess, startEmbeddedBus);
