import { brokerOrReason } from '@risk-budget/pulsar/testing';
import { messagingConformance } from '../support/conformance.js';
import { makePulsarDriver } from '../support/pulsar-lab.js';

const describeHere = brokerOrReason() === undefined ? describe : describe.skip;

describeHere('a real Pulsar broker', () => {
  messagingConformance('ws', makePulsarDriver('ws'));
});
