import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { identifier } from '@risk-budget/contracts';
import {
  CurrentPrincipal,
  pageOf,
  pageSchema,
  Returns,
  Roles,
  type Page,
  type Principal,
} from '@risk-budget/service-kit';
import type { z } from 'zod';
import { predictionView, type PredictionView } from './prediction.js';
import { PredictionsRepository } from './predictions.repository.js';

const listQuery = pageSchema().extend({ source: identifier.optional() });
const predictionPage = pageOf(predictionView);

/** Forecasts from outside and what came of them. */
@ApiTags('predictions')
@Controller('v1/predictions')
export class PredictionsController {
  constructor(private readonly predictions: PredictionsRepository) {}

  @Get()
  @ApiOperation({ summary: 'Predictions received, newest first' })
  @Roles('viewer')
  @Returns(predictionPage)
  list(
    @Query({ schema: listQuery }) { source, ...page }: z.output<typeof listQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<PredictionView>> {
    return this.predictions.list(principal, source, page);
  }
}
