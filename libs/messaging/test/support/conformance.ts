import { deliveryPromises } from './conformance/delivery.js';
import { failurePromises } from './conformance/failures.js';
import { joiningPromises } from './conformance/joining.js';
import { logPromises } from './conformance/log.js';
import { operatorPromises } from './conformance/operators.js';
import { outagePromises } from './conformance/outages.js';
import { setPromises } from './conformance/sets.js';
import { statePromises } from './conformance/states.js';
import { useHarness, type MakeDriver } from './harness.js';

/** What messaging promises over every driver. @param makeDriver opens a driver on a fresh log */
export function messagingConformance(name: string, makeDriver: MakeDriver): void {
  describe(`messaging over the ${name} driver`, () => {
    const harness = useHarness(makeDriver);
    logPromises(harness);
    deliveryPromises(harness);
    failurePromises(harness);
    operatorPromises(harness);
    setPromises(harness);
    statePromises(harness);
    joiningPromises(harness);
    outagePromises(harness);
  });
}
