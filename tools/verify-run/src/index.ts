export type { LoggedMessage } from './events/run-events.js';
export type { AuditChain, RestFindings, ServiceFindings } from './inputs/rest-findings.js';
export { readInputs, type RunInputs } from './inputs/script-files.js';
export { renderReport, type Check, type VerificationReport } from './report.js';
export { verify, type VerifiedPart } from './verify.js';
export { recordRun, verifyRun, type RunRecording, type VerifyRunOptions } from './verify-run.js';
