import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { NotFoundError } from '@risk-budget/contracts';
import {
  DeadLetters,
  ParkedMessages,
  type DeadLetter,
  type ParkedKey,
  type ParkedMessage,
  type ReplayResult,
} from '@risk-budget/messaging';
import { Persistence } from '@risk-budget/persistence';
import { z } from 'zod';
import { serviceChain } from '../audit/audit-entry.js';
import { AuditService } from '../audit/audit.service.js';
import { Idempotent } from '../http/idempotent.decorator.js';
import { pageOf, type Page } from '../http/paging.js';
import { CurrentPrincipal, Roles } from '../identity/identity.decorators.js';
import { Principal } from '../identity/principal.js';
import type { Job } from '../jobs/job.types.js';
import { jobSchema } from '../jobs/jobs.controller.js';
import { ApiProblems, Returns } from '../openapi/api.decorators.js';
import { StatusReporter } from '../service/status.js';
import { keyId, maySee, readKeyId } from './key-id.js';
import * as schemas from './messaging.schemas.js';
import { RepublishService } from './republish.service.js';

/** What operators do about messages: parked keys, dead letters, and publishing state again. Every change goes on record. */
@ApiTags('messaging')
@Controller('v1/messaging')
@Roles('operator')
export class MessagingController {
  constructor(
    private readonly parked: ParkedMessages,
    private readonly letters: DeadLetters,
    private readonly republishing: RepublishService,
    private readonly persistence: Persistence,
    private readonly audit: AuditService,
    private readonly status: StatusReporter,
  ) {}

  /** Keys whose messages wait because a handler refused one; longest parked first, at most 1,000. */
  @Get('parked-keys')
  @Returns(z.object({ items: z.array(schemas.parkedKeySchema) }), { description: 'Parked keys' })
  async parkedKeys(@CurrentPrincipal() principal: Principal): Promise<{ items: (ParkedKey & { id: string })[] }> {
    const keys = await this.parked.keys();
    return {
      items: keys
        .filter(({ topic, key }) => maySee(principal, topic, key))
        .map((key) => ({ id: keyId(key.topic, key.key), ...key })),
    };
  }

  @Get('parked-keys/:id/messages')
  @Returns(pageOf(schemas.parkedMessageSchema), { description: 'Parked messages of a key, oldest first' })
  async parkedMessages(
    @Param('id', { schema: schemas.keyIdParam }) id: string,
    @Query({ schema: schemas.parkedMessageQuery }) query: z.output<typeof schemas.parkedMessageQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<ParkedMessage>> {
    return toPage(await this.parked.list({ ...readKeyId(id, principal), ...defined(query) }));
  }

  /** Handles the parked messages of a key in order, up to the first that is refused again. */
  @Post('parked-keys/:id/replay')
  @HttpCode(200)
  @ApiProblems({ 404: ['MESSAGING.NOT_PARKED', 'MESSAGING.UNKNOWN_TOPIC'] })
  @Returns(schemas.replayResultSchema, { description: 'What became of them' })
  async replayKey(
    @Param('id', { schema: schemas.keyIdParam }) id: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ReplayResult> {
    const { topic, key } = readKeyId(id, principal);
    const result = await this.parked.replay(topic, key);
    await this.record(principal, 'messaging.parked-key-replayed', `${topic} ${key}`, {
      replayed: result.replayed,
      remaining: result.remaining,
    });
    if (result.remaining === 0) await this.status.report('unparkedKey', `${topic} ${key}`);
    return result;
  }

  /** Drops a parked message for good; a key with nothing left goes on by itself. */
  @Post('parked-messages/:id/discard')
  @HttpCode(200)
  @ApiProblems({ 404: ['MESSAGING.UNKNOWN_PARKED_MESSAGE', 'MESSAGING.UNKNOWN_TOPIC'] })
  @Returns(schemas.parkedMessageSchema, { description: 'The message that was dropped' })
  async discardParked(
    @Param('id', { schema: schemas.rowId }) id: string,
    @Body({ schema: schemas.discardBody }) body: z.output<typeof schemas.discardBody>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ParkedMessage> {
    const message = await this.parked.get(id);
    assertSeen(principal, message, id);
    await this.parked.discard(id);
    await this.record(principal, 'messaging.parked-message-discarded', message.messageId, {
      topic: message.topic,
      key: message.key,
      reason: body.reason,
    });
    return message;
  }

  /** Messages that could not be read, oldest first. */
  @Get('dead-letters')
  @Returns(pageOf(schemas.deadLetterSchema), { description: 'Dead letters, oldest first' })
  async deadLetters(
    @Query({ schema: schemas.deadLetterQuery }) query: z.output<typeof schemas.deadLetterQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<DeadLetter>> {
    const page = toPage(await this.letters.list(defined(query)));
    return { ...page, items: page.items.filter(({ topic, key }) => maySee(principal, topic, key)) };
  }

  /** Reads and handles a message again, after whatever made it unreadable was mended. */
  @Post('dead-letters/:id/replay')
  @HttpCode(200)
  @ApiProblems({
    404: ['MESSAGING.UNKNOWN_DEAD_LETTER', 'MESSAGING.UNKNOWN_TOPIC'],
    409: ['MESSAGING.STILL_UNREADABLE'],
  })
  @Returns(schemas.deadLetterSchema, { description: 'The message that was handled' })
  async replayLetter(
    @Param('id', { schema: schemas.rowId }) id: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<DeadLetter> {
    assertSeen(principal, await this.letters.get(id), id);
    const letter = await this.letters.replay(id);
    await this.record(principal, 'messaging.dead-letter-replayed', letter.reference, { topic: letter.topic });
    return letter;
  }

  /** Drops the service's own copy of a message that cannot be read. */
  @Post('dead-letters/:id/discard')
  @HttpCode(200)
  @ApiProblems({ 404: ['MESSAGING.UNKNOWN_DEAD_LETTER'] })
  @Returns(schemas.deadLetterSchema, { description: 'The message that was dropped' })
  async discardLetter(
    @Param('id', { schema: schemas.rowId }) id: string,
    @Body({ schema: schemas.discardBody }) body: z.output<typeof schemas.discardBody>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<DeadLetter> {
    assertSeen(principal, await this.letters.get(id), id);
    const letter = await this.letters.discard(id);
    await this.record(principal, 'messaging.dead-letter-discarded', letter.reference, {
      topic: letter.topic,
      reason: body.reason,
    });
    return letter;
  }

  /** Publishes the last state of a key, or of all keys, of a state topic again; runs as a job. */
  @Post('republish')
  @HttpCode(202)
  @Idempotent()
  @ApiProblems({ 404: ['MESSAGING.UNKNOWN_TOPIC'], 409: ['NOT_REPUBLISHABLE'] })
  @Returns(jobSchema, { status: 202, description: 'The job' })
  async republish(
    @Body({ schema: schemas.republishBody }) body: z.output<typeof schemas.republishBody>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Job> {
    this.republishing.assertRepublishable(body.topic);
    return this.persistence.transaction(async (tx) => {
      const job = await this.republishing.submit(tx, body, principal.actor);
      await this.audit.append(tx, {
        chain: serviceChain,
        actor: principal.actor,
        action: 'messaging.republish-asked',
        subject: body.topic,
        data: { key: body.key ?? null, job: job.id },
      });
      return job;
    });
  }

  private async record(
    principal: Principal,
    action: string,
    subject: string,
    data: Record<string, unknown>,
  ): Promise<void> {
    await this.persistence.transaction((tx) =>
      this.audit.append(tx, { chain: serviceChain, actor: principal.actor, action, subject, data }),
    );
  }
}

/** A message of a portfolio that the principal may not see does not exist for them. */
function assertSeen(principal: Principal, message: { topic: string; key: string }, id: string): void {
  if (!maySee(principal, message.topic, message.key)) throw new NotFoundError('message', id);
}

function toPage<T>(page: { items: T[]; nextCursor: string | undefined }): Page<T> {
  return { items: page.items, nextCursor: page.nextCursor ?? null };
}

/** Without members that are undefined. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
