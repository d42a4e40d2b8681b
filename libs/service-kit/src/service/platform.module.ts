import type { DynamicModule, Provider } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import type { Clock } from '@risk-budget/contracts';
import { Outbox } from '@risk-budget/messaging';
import { Persistence } from '@risk-budget/persistence';
import { AuditController } from '../audit/audit.controller.js';
import { AuditService } from '../audit/audit.service.js';
import { CLOCK } from '../clock/clock.token.js';
import type { BaseConfig } from '../config/base-config.js';
import { CONFIG } from '../config/config.token.js';
import { JobService } from '../jobs/job.service.js';
import { JobsController } from '../jobs/jobs.controller.js';
import { Logger } from '../logging/logger.js';
import { Metrics } from '../metrics/metrics.js';
import { TimerService } from '../timers/timer.service.js';
import { TimersController } from '../timers/timers.controller.js';

/** What one service instance offers to its modules. */
export interface PlatformParts {
  readonly persistence: Persistence;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly config: BaseConfig;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly audit: AuditService;
  readonly timers: TimerService;
  readonly jobs: JobService;
  /** Further providers, by the parts that need them. */
  readonly extra: readonly Provider[];
  readonly controllers: readonly (new (...args: never[]) => object)[];
}

/** Global: its providers can be injected anywhere in the service. */
export class PlatformModule {
  static of(parts: PlatformParts): DynamicModule {
    const providers: Provider[] = [
      { provide: Persistence, useValue: parts.persistence },
      { provide: Outbox, useValue: parts.outbox },
      { provide: CLOCK, useValue: parts.clock },
      { provide: CONFIG, useValue: parts.config },
      { provide: Logger, useValue: parts.logger },
      { provide: Metrics, useValue: parts.metrics },
      { provide: AuditService, useValue: parts.audit },
      { provide: TimerService, useValue: parts.timers },
      { provide: JobService, useValue: parts.jobs },
      ...parts.extra,
    ];
    return {
      module: PlatformModule,
      global: true,
      imports: [DiscoveryModule],
      controllers: [JobsController, TimersController, AuditController, ...(parts.controllers as never[])],
      providers,
      exports: providers,
    };
  }
}
