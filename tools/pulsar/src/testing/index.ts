export { acquireTestBroker, brokerOrReason, TEST_IDLE_MS, type TestBroker } from './test-broker.js';
