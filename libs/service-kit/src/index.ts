export { AuditService } from './audit/audit.service.js';
export { serviceChain } from './audit/audit-entry.js';
export type { AuditEntry, AuditProblem, AuditRecord, AuditVerification } from './audit/audit.types.js';
export { canonicalJson } from './audit/canonical-json.js';
export { CLOCK } from './clock/clock.token.js';
export { compareInstants, nextMidnight, normalInstant } from './clock/instants.js';
export { baseConfigSchema, flag, integer, type BaseConfig } from './config/base-config.js';
export { CONFIG } from './config/config.token.js';
export {
  secretsByFile,
  variableMeta,
  type VariableMeta,
  ConfigError,
  loadConfig,
  type ConfigInput,
  type ConfigProblem,
  type ServiceConfig,
} from './config/load-config.js';
export { secretsFromFiles, type SecretFileProblem } from './config/secret-files.js';
export { correlationId } from './context/request-context.js';
export { kitErrors, type ErrorCatalogue, type ErrorEntry, type KitErrorCode } from './errors/error-catalogue.js';
export { KitError, type KitErrorOptions } from './errors/kit-error.js';
export { ETagged, etagOf, IfMatch, IfMatchCondition, RequiresIfMatch } from './http/etag.js';
export { Idempotent } from './http/idempotent.decorator.js';
export { decodeCursor, encodeCursor, pageOf, pageSchema, toPage, type Page } from './http/paging.js';
export { CurrentPrincipal, Public, Roles } from './identity/identity.decorators.js';
export {
  portfolioCondition,
  PORTFOLIO_DIRECTORY,
  PortfolioScope,
  type PortfolioDirectory,
} from './identity/portfolio-scope.js';
export { assertPortfolio, Principal, roles, type Role } from './identity/principal.js';
export { JobHandler, type JobHandlerOptions } from './jobs/job.decorator.js';
export { JobService, type JobFilter } from './jobs/job.service.js';
export { jobSchema } from './jobs/jobs.controller.js';
export type { Job, JobRequest, JobState, RunningJob } from './jobs/job.types.js';
export { Logger, type LogFields, type LogLevel } from './logging/logger.js';
export { Metrics } from './metrics/metrics.js';
export { serviceKitMigrations } from './migrations.js';
export { ApiProblems, Returns, ReturnsText, type ProblemCodes } from './openapi/api.decorators.js';
export { defineService, type RebuildContext, type ServiceDefinition } from './service/define-service.js';
export type { Service, ServiceDependencies } from './service/service.types.js';
export { TimerHandler, TimerLock } from './timers/timer.decorator.js';
export { TimerService } from './timers/timer.service.js';
export type { FiredTimer, TimerContext, TimerRequest, TimerState, TimerView } from './timers/timer.types.js';
export { createService } from './service/create-service.js';
export { runService, type ProcessSurroundings } from './service/run-service.js';
export { migrateService, migrationsOf } from './service/migrations-of.js';
export { STOPPING } from './service/stopping.token.js';
export { Consumes } from './http/consumes.js';
export type { RawMediaType } from './http/body-parsers.js';
export { problemSchema, type Problem } from './errors/problem.js';
export { createLocalIssuer, TokenIssuer, type TokenClaims } from './identity/token-issuer.js';
export { toCsv, type CsvValue } from './reports/csv.js';
export { preferredFormat, type ReportFormat } from './reports/preferred-format.js';
export { reportFile } from './reports/report-file.js';
export { allowedActions, definitionProblems, nextState, type StateMachine } from './workflow/state-machine.js';
