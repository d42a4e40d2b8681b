import { messagingConformance } from '../support/conformance.js';
import { makeEmbeddedDriver } from '../support/embedded-lab.js';

messagingConformance('embedded', makeEmbeddedDriver);
