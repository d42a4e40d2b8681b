export { acquireTestBroker, brokerOrReason, type TestBroker } from './test-broker.js';
