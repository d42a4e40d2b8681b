import { randomUUID } from 'node:crypto';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Inject,
  Injectable,
  Module,
  Param,
  Post,
  Put,
  Query,
  Sse,
  type MessageEvent,
} from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { alertRaised, identifier, NotFoundError, topics, type Clock, type EventData } from '@risk-budget/contracts';
import { BatchContext, Outbox, type ReceivedEvent } from '@risk-budget/messaging';
import { execute, Persistence, rows, type Tx } from '@risk-budget/persistence';
import { interval, map, type Observable } from 'rxjs';
import { z } from 'zod';
import {
  ApiProblems,
  assertPortfolio,
  AuditService,
  CLOCK,
  Consumes,
  CurrentPrincipal,
  defineService,
  ETagged,
  Idempotent,
  IfMatch,
  IfMatchCondition,
  integer,
  JobHandler,
  JobService,
  jobSchema,
  pageOf,
  pageSchema,
  portfolioCondition,
  Principal,
  Public,
  RequiresIfMatch,
  Returns,
  ReturnsText,
  Roles,
  TimerHandler,
  TimerLock,
  TimerService,
  toPage,
  type FiredTimer,
  type Job,
  type Page,
  type RunningJob,
  type TimerContext,
} from '@risk-budget/service-kit';

const noteSchema = z.object({ id: z.string(), portfolioId: identifier, text: z.string(), version: z.int() });
type Note = z.infer<typeof noteSchema>;
const newNote = z.strictObject({ id: identifier, portfolioId: identifier, text: z.string().min(1).max(200) });
const listQuery = pageSchema({ maximumLimit: 10 }).extend({ portfolioId: identifier.optional() });

/** What a test may watch and steer from outside. */
@Injectable()
export class Probe {
  readonly fired: string[] = [];
  readonly received: string[] = [];
  failures = 0;
}

@Controller('v1/notes')
export class NotesController {
  constructor(
    private readonly persistence: Persistence,
    private readonly audit: AuditService,
    private readonly timers: TimerService,
    private readonly jobs: JobService,
    private readonly outbox: Outbox,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Roles('viewer')
  @Returns(pageOf(noteSchema))
  async list(
    @Query({ schema: listQuery }) query: z.output<typeof listQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<Note>> {
    const parameters: unknown[] = [query.portfolioId ?? null, query.limit + 1];
    const visible = portfolioCondition(principal.portfolios, 'portfolio_id', parameters);
    const found = await this.persistence.query<Note>(
      `SELECT id, portfolio_id AS "portfolioId", text, version FROM note WHERE ($1::text IS NULL OR portfolio_id = $1) AND ${visible} ORDER BY id LIMIT $2`,
      parameters,
    );
    return toPage(
      found,
      query.limit,
      (note) => note.id,
      (note) => note,
    );
  }

  @Get(':id')
  @Roles('viewer')
  @ETagged()
  @ApiProblems({ 404: ['SAMPLE.UNKNOWN_NOTE'] })
  @Returns(noteSchema)
  async get(@Param('id', { schema: identifier }) id: string, @CurrentPrincipal() principal: Principal): Promise<Note> {
    const [note] = await this.persistence.query<Note>(
      `SELECT id, portfolio_id AS "portfolioId", text, version FROM note WHERE id = $1`,
      [id],
    );
    if (note === undefined) throw new NotFoundError('note', id, 'SAMPLE.UNKNOWN_NOTE');
    assertPortfolio(principal, note.portfolioId);
    return note;
  }

  @Post()
  @Roles('riskManager')
  @Idempotent()
  @ETagged()
  @Returns(noteSchema, { status: 201 })
  async create(
    @Body({ schema: newNote }) body: z.output<typeof newNote>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Note> {
    assertPortfolio(principal, body.portfolioId);
    return this.persistence.transaction(async (tx) => {
      await execute(tx, 'INSERT INTO note (id, portfolio_id, text, version) VALUES ($1, $2, $3, 1)', [
        body.id,
        body.portfolioId,
        body.text,
      ]);
      await this.audit.append(tx, {
        chain: body.portfolioId,
        actor: principal.actor,
        action: 'note.created',
        subject: body.id,
        data: { text: body.text },
      });
      await this.outbox.emit(tx, alertRaised, {
        occurredAt: this.clock.now(),
        data: alert(body.portfolioId, this.clock.now()),
      });
      return { ...body, version: 1 };
    });
  }

  @Put(':id')
  @Roles('riskManager')
  @RequiresIfMatch()
  @ETagged()
  @Returns(noteSchema)
  async change(
    @Param('id', { schema: identifier }) id: string,
    @IfMatch() ifMatch: IfMatchCondition,
    @Body({ schema: newNote }) body: z.output<typeof newNote>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Note> {
    assertPortfolio(principal, body.portfolioId);
    return this.persistence.transaction(async (tx) => {
      const [note] = await rows<Note>(tx, 'SELECT version FROM note WHERE id = $1 FOR UPDATE', [id]);
      if (note === undefined) throw new NotFoundError('note', id);
      ifMatch.require(note.version);
      await execute(tx, 'UPDATE note SET text = $2, version = version + 1 WHERE id = $1', [id, body.text]);
      return { ...body, id, version: note.version + 1 };
    });
  }

  @Post('reminders')
  @HttpCode(204)
  @Roles('riskManager')
  async remind(
    @Body({ schema: z.object({ key: z.string(), dueAt: z.iso.datetime() }) }) body: { key: string; dueAt: string },
  ): Promise<void> {
    await this.persistence.transaction((tx) =>
      this.timers.schedule(tx, { kind: 'note.reminder', key: body.key, dueAt: body.dueAt, payload: { key: body.key } }),
    );
  }

  @Post('counts')
  @HttpCode(202)
  @Roles('riskManager')
  @Idempotent()
  @Returns(jobSchema, { status: 202 })
  async count(
    @Body({ schema: z.object({ steps: z.int().min(0).max(10_000) }) }) body: { steps: number },
    @CurrentPrincipal() principal: Principal,
  ): Promise<Job> {
    return this.persistence.transaction((tx) =>
      this.jobs.submit(tx, { kind: 'note.count', input: body, owner: principal.actor }),
    );
  }

  @Post('files')
  @HttpCode(200)
  @Roles('riskManager')
  @Consumes('text/csv')
  @Returns(z.object({ bytes: z.int() }))
  async file(@Body() body: AsyncIterable<Buffer>): Promise<{ bytes: number }> {
    let bytes = 0;
    for await (const chunk of body) bytes += chunk.length;
    return { bytes };
  }
}

@Controller('v1/public')
@Public()
export class PublicController {
  @Get('time')
  @Returns(z.object({ ok: z.boolean() }))
  time(): { ok: boolean } {
    return { ok: true };
  }

  @Get('broken')
  broken(): never {
    throw new Error('the secret is hunter2');
  }

  @Get('wrong')
  @Returns(z.object({ ok: z.boolean() }))
  wrong(): { ok: string } {
    return { ok: 'yes' };
  }

  @Sse('ticks')
  @ReturnsText('text/event-stream')
  ticks(): Observable<MessageEvent> {
    return interval(20).pipe(map((n) => ({ data: { n } })));
  }
}

@Controller()
export class AlertsConsumer {
  constructor(private readonly probe: Probe) {}

  @EventPattern<string>(topics.alerts.name)
  async onAlerts(@Payload() events: ReceivedEvent[], @Ctx() batch: BatchContext): Promise<void> {
    for (const event of events) {
      if (event.key === 'REFUSED') throw new TypeError('refused on purpose');
      this.probe.received.push(event.key);
      await execute(batch.tx, 'INSERT INTO seen (event_id, key, traceparent) VALUES ($1, $2, $3)', [
        event.id,
        event.key,
        event.traceparent ?? null,
      ]);
      // A chain of events: HOP-2 causes HOP-1, which causes HOP-0.
      const [, hops, chain] = /^HOP-(\d)(.*)$/.exec(event.key) ?? [];
      if (Number(hops) > 0) {
        const data = alert(`HOP-${Number(hops) - 1}${chain ?? ''}`, event.occurredAt);
        await batch.emit(alertRaised, { occurredAt: event.occurredAt, data, cause: event });
      }
    }
  }
}

@Injectable()
export class NoteWork {
  constructor(
    private readonly probe: Probe,
    private readonly persistence: Persistence,
  ) {}

  /** A reminder of a note is set while the note is locked. */
  @TimerLock()
  async ofReminder({ payload }: Pick<FiredTimer, 'payload'>, tx: Tx): Promise<void> {
    await rows(tx, "SELECT 1 FROM note WHERE id = $1::jsonb ->> 'key' FOR UPDATE", [payload]);
  }

  @TimerHandler('note.reminder')
  async onReminder(timer: FiredTimer<{ key: string }>, { tx }: TimerContext): Promise<void> {
    if (timer.key.startsWith('bad')) {
      this.probe.failures++;
      if (timer.attempt < 3) throw new Error(`try ${timer.attempt} fails`);
    }
    await execute(tx, 'INSERT INTO fired (key, due_at) VALUES ($1, $2)', [timer.payload.key, timer.dueAt]);
    this.probe.fired.push(timer.key);
  }

  @JobHandler('note.count', { maxAttempts: 2 })
  async count(job: RunningJob<{ steps: number }>): Promise<{ counted: number; seed: number }> {
    for (let step = 0; step < job.input.steps; step++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      job.signal.throwIfAborted();
      job.progress((step + 1) / job.input.steps, `step ${step + 1}`);
    }
    const [row] = await this.persistence.query<{ count: number }>('SELECT count(*) AS count FROM note');
    return { counted: row?.count ?? 0, seed: job.seed };
  }
}

@Module({
  controllers: [NotesController, PublicController, AlertsConsumer],
  providers: [Probe, NoteWork],
  exports: [Probe],
})
class SampleModule {}

export const sampleService = defineService({
  name: 'sample',
  version: '1.2.3',
  description: 'A service for the tests of the kit.',
  module: SampleModule,
  configSchema: z.object({ SAMPLE_MINUTES: integer(1, 60, 5) }),
  migrations: [
    {
      name: 'sample-0001-tables',
      up: `CREATE TABLE note (id text PRIMARY KEY, portfolio_id text NOT NULL, text text NOT NULL, version integer NOT NULL);
           CREATE TABLE fired (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text NOT NULL, due_at timestamptz NOT NULL);
           CREATE TABLE seen (event_id uuid PRIMARY KEY, key text NOT NULL, traceparent text);`,
    },
  ],
  topics: { consumes: [topics.alerts], publishes: [topics.alerts] },
  errors: { 'SAMPLE.UNKNOWN_NOTE': { status: 404, description: 'There is no such note.' } },
});

/** A smallest alert. */
export function alert(portfolioId: string, asOf: string): EventData<typeof alertRaised> {
  const nothing = { nodeId: null, measure: null, from: null, to: null, utilization: null };
  return {
    alertId: randomUUID(),
    portfolioId,
    snapshotId: randomUUID(),
    asOf,
    kind: 'stale',
    ...nothing,
    detail: 'a test',
  };
}
