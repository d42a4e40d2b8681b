import { brokerOrReason } from '@risk-budget/pulsar/testing';
import { messagingConformance } from '../support/conformance.js';
import { logPromises } from '../support/conformance/log.js';
import { provisioningPromises } from '../support/conformance/provisioning.js';
import { socketPromises } from '../support/conformance/sockets.js';
import { useHarness } from '../support/harness.js';
import { nativeOrReason } from '../support/native.js';
import { makePulsarDriver } from '../support/pulsar-lab.js';

const describeHere = brokerOrReason() === undefined ? describe : describe.skip;
const describeNative = nativeOrReason() === undefined ? describe : describe.skip;

// One file, so that what kills the broker disturbs nobody.
describeHere('a real Pulsar broker', () => {
  provisioningPromises();

  messagingConformance('ws', makePulsarDriver('ws'));

  describe('ws', () => {
    socketPromises(useHarness(makePulsarDriver('ws')));
  });

  describe('wss, with a certificate of the deployment’s own', () => {
    logPromises(useHarness(makePulsarDriver('wss')));
  });

  describeNative('through the native client', () => {
    messagingConformance('pulsar', makePulsarDriver('pulsar'));

    describe('with TLS', () => {
      logPromises(useHarness(makePulsarDriver('pulsar+ssl')));
    });
  });
});
