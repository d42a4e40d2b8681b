import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { instant, uuid } from '@risk-budget/contracts';
import { z } from 'zod';
import { pageOf, pageSchema, type Page } from '../http/paging.js';
import { Roles } from '../identity/identity.decorators.js';
import { Returns } from '../openapi/api.decorators.js';
import { TimerService } from './timer.service.js';
import { timerStates, type TimerView } from './timer.types.js';

const timerSchema = z.object({
  id: uuid,
  kind: z.string(),
  key: z.string(),
  dueAt: instant,
  state: z.enum(timerStates),
  attempts: z.int().min(0),
  lastError: z.string().nullable(),
  nextAttemptAt: instant.nullable(),
  firedAt: instant.nullable(),
});

const listQuery = pageSchema().extend({ state: z.enum(timerStates).optional() });

@ApiTags('timers')
@Controller('v1/timers')
export class TimersController {
  constructor(private readonly timers: TimerService) {}

  /** Timers in the order in which they fire; `state=failing` shows those whose handler has failed. */
  @Get()
  @Roles('operator')
  @Returns(pageOf(timerSchema), { description: 'Timers' })
  list(@Query({ schema: listQuery }) query: z.output<typeof listQuery>): Promise<Page<TimerView>> {
    return this.timers.list(query);
  }
}
