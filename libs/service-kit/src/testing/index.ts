export { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from './otlp-receiver.js';
export { ServiceProcess } from './service-process.js';
export { createTestIssuer } from './test-issuer.js';
export { startTestService, type TestServiceHandle, type TestServiceOptions } from './test-service.js';
export { TokenIssuer, type TokenClaims } from '../identity/token-issuer.js';
export { until } from './until.js';
