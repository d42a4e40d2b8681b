import { deliveryPromises } from './conformance/delivery.js';
import { failurePromises } from './conformance/failures.js';
import { logPromises } from './conformance/log.js';
import { operatorPromises } from './conformance/operators.js';
import { setPromises } from './conformance/sets.js';
import type { MakeDriver } from './harness.js';

/** What messaging promises over every driver. @param makeDriver opens a driver on a fresh log */
export function messagingConformance(name: string, makeDriver: MakeDriver): void {
  describe(`messaging over the ${name} driver`, () => {
    logPromises(makeDriver);
    deliveryPromises(makeDriver);
    failurePromises(makeDriver);
    operatorPromises(makeDriver);
    setPromises(makeDriver);
  });
}
