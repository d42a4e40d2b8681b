import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { identifier, instant, uuid } from '@risk-budget/contracts';
import { Persistence } from '@risk-budget/persistence';
import {
  CurrentPrincipal,
  decodeCursor,
  pageOf,
  pageSchema,
  portfolioCondition,
  Principal,
  Returns,
  Roles,
  toPage,
  type Page,
} from '@risk-budget/service-kit';
import { z } from 'zod';
import { eventPosition } from '../rest/parameters.js';
import type { NotificationRecord } from './notification.types.js';
import { NotificationsRepository } from './notifications.repository.js';

const notificationView = z.object({
  notificationId: uuid,
  portfolioId: z.string(),
  breachId: uuid.nullable(),
  at: instant,
  channel: z.enum(['log', 'webhook']),
  recipient: z.string(),
  subject: z.string(),
  body: z.string(),
  escalationStep: z.int().min(0).describe('0 for the opening of the breach'),
  state: z.enum(['pending', 'sent', 'failed']),
  attempts: z.int().min(0),
  lastError: z.string().nullable(),
});

const notificationQuery = pageSchema().extend({
  portfolioId: identifier.optional(),
  breachId: uuid.optional(),
});

@ApiTags('notifications')
@Controller('v1/notifications')
export class NotificationsController {
  constructor(
    private readonly persistence: Persistence,
    private readonly notifications: NotificationsRepository,
  ) {}

  /** Who was told of what, newest first. */
  @Get()
  @Roles('viewer')
  @Returns(pageOf(notificationView), { description: 'Notifications, newest first' })
  async list(
    @Query({ schema: notificationQuery }) query: z.output<typeof notificationQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<NotificationRecord>> {
    const after = decodeCursor(query.cursor, eventPosition);
    const scopeParameters: unknown[] = [];
    const scope = portfolioCondition(principal.portfolios, 'portfolio_id', scopeParameters);
    const size = Number(query.limit);
    const { portfolioId, breachId } = query;
    const found = await this.persistence.transaction((tx) =>
      this.notifications.list(tx, { scope, scopeParameters, portfolioId, breachId }, after, size + 1),
    );
    return toPage(
      found,
      size,
      (one) => one.notificationId,
      (one) => one,
    );
  }
}
