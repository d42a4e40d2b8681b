import type { Readable } from 'node:stream';
import { Body, Controller, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { uuid } from '@risk-budget/contracts';
import type { Load } from '@risk-budget/market-data';
import {
  ApiProblems,
  Consumes,
  CurrentPrincipal,
  Idempotent,
  Principal,
  Returns,
  Roles,
} from '@risk-budget/service-kit';
import type { z } from 'zod';
import { LoadsService } from './loads.service.js';
import { load, newLoad } from './schemas.js';

/** Bulk loads of bars, instruments, positions and exchange rates out of CSV and Parquet files. */
@ApiTags('market data')
@Controller('v1/market-data/loads')
export class LoadsController {
  constructor(private readonly loads: LoadsService) {}

  /** Announces a file: what it holds. Send the file itself to `content`. */
  @Post()
  @Roles('operator')
  @Idempotent()
  @ApiProblems({ 404: ['NOT_FOUND', 'MARKET_DATA.UNKNOWN_PORTFOLIO'] })
  @Returns(load, { status: 201, description: 'The load, waiting for its file' })
  create(
    @Body({ schema: newLoad }) body: z.output<typeof newLoad>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Load> {
    return this.loads.create(body, principal);
  }

  /**
   * The file. A job then loads it: see `/v1/jobs/{jobId}` for its progress, its result, or the line and field that was
   * refused. Sent again it is not read: the load answers with the job it has.
   */
  @Put(':loadId/content')
  @HttpCode(202)
  @Roles('operator')
  @Consumes('text/csv', 'application/vnd.apache.parquet', 'application/octet-stream')
  @ApiProblems({ 404: ['MARKET_DATA.UNKNOWN_LOAD'] })
  @Returns(load, { status: 202, description: 'The load with its job' })
  upload(
    @Param('loadId', { schema: uuid }) loadId: string,
    @Body() body: Readable | undefined,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Load> {
    return this.loads.upload(loadId, body, principal);
  }

  @Get(':loadId')
  @Roles('operator')
  @ApiProblems({ 404: ['MARKET_DATA.UNKNOWN_LOAD'] })
  @Returns(load, { description: 'The load' })
  get(@Param('loadId', { schema: uuid }) loadId: string, @CurrentPrincipal() principal: Principal): Promise<Load> {
    return this.loads.get(loadId, principal);
  }
}
