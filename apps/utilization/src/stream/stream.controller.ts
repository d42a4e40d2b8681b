import { Controller, Get, Header, Headers, Param, Query, StreamableFile } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, CurrentPrincipal, Principal, ReturnsText, Roles } from '@risk-budget/service-kit';
import type { z } from 'zod';
import { PortfoliosService } from '../portfolios/portfolios.service.js';
import { portfolioParameters, type PortfolioParameters } from '../rest/parameters.js';
import { lastEventId, streamQuery } from './stream.schemas.js';
import { StreamService } from './stream.service.js';

@ApiTags('stream')
@Controller('v1/portfolios/:portfolioId/stream')
export class StreamController {
  constructor(
    private readonly streams: StreamService,
    private readonly portfolios: PortfoliosService,
  ) {}

  @Get()
  @Roles('viewer')
  @Header('cache-control', 'no-store')
  @Header('x-accel-buffering', 'no')
  @ApiOperation({
    summary: 'Snapshots as they are taken, as server-sent events, from the latest or after `Last-Event-ID`',
  })
  @ApiHeader({
    name: 'last-event-id',
    required: false,
    description: 'sequence of the last snapshot that the client has',
  })
  @ReturnsText('text/event-stream', { description: 'events `snapshot` and `gap`' })
  @ApiProblems({ 404: ['NOT_FOUND'], 503: ['UTILIZATION.TOO_MANY_STREAMS'] })
  async stream(
    @Param({ schema: portfolioParameters }) { portfolioId }: PortfolioParameters,
    @Query({ schema: streamQuery }) { detail }: z.output<typeof streamQuery>,
    @Headers('last-event-id') lastId: string | undefined,
    @CurrentPrincipal() principal: Principal,
  ): Promise<StreamableFile> {
    const after = lastEventId(lastId);
    await this.portfolios.require(principal, portfolioId);
    return new StreamableFile(this.streams.stream(portfolioId, after, detail), {
      type: 'text/event-stream; charset=utf-8',
    });
  }
}
