import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  benchmark,
  identifier,
  instrument,
  NotFoundError,
  portfolio,
  type Benchmark,
  type Clock,
  type Instrument,
  type Portfolio,
} from '@risk-budget/contracts';
import { BenchmarkStore, InstrumentStore, PortfolioStore, unknownBenchmark } from '@risk-budget/market-data';
import {
  ApiProblems,
  assertPortfolio,
  CLOCK,
  CurrentPrincipal,
  decodeCursor,
  pageOf,
  Principal,
  Returns,
  Roles,
  toPage,
  type Page,
} from '@risk-budget/service-kit';
import type { z } from 'zod';
import { timesOf } from './as-of-times.js';
import { asOfQuery, knownAtQuery, pagedQuery } from './schemas.js';

/** What this service knows of portfolios, instruments and benchmarks. */
@ApiTags('market data')
@Roles('viewer')
@Controller('v1/market-data')
export class DefinitionsController {
  constructor(
    private readonly portfolios: PortfolioStore,
    private readonly instruments: InstrumentStore,
    private readonly benchmarks: BenchmarkStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Portfolios that one may see, by id. */
  @Get('portfolios')
  @Returns(pageOf(portfolio), { description: 'Portfolios by id' })
  async listPortfolios(
    @Query({ schema: pagedQuery }) query: z.output<typeof pagedQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<Portfolio>> {
    const after = decodeCursor(query.cursor, identifier);
    const all = await this.portfolios.list(timesOf(query, this.clock).knownAt);
    const visible = all.filter(({ portfolioId }) => principal.mayRead(portfolioId));
    const rest = after === undefined ? visible : visible.filter(({ portfolioId }) => portfolioId > after);
    return toPage(
      rest,
      query.limit,
      (one) => one.portfolioId,
      (one) => one,
    );
  }

  @Get('portfolios/:portfolioId')
  @ApiProblems({ 404: ['MARKET_DATA.UNKNOWN_PORTFOLIO', 'NOT_FOUND'] })
  @Returns(portfolio, { description: 'The portfolio as known at a moment' })
  async getPortfolio(
    @Param('portfolioId', { schema: identifier }) portfolioId: string,
    @Query({ schema: knownAtQuery }) query: z.output<typeof knownAtQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Portfolio> {
    assertPortfolio(principal, portfolioId);
    return this.portfolios.get(portfolioId, timesOf(query, this.clock).knownAt);
  }

  /** All instruments, by id. */
  @Get('instruments')
  @Returns(pageOf(instrument), { description: 'Instruments by id' })
  async listInstruments(@Query({ schema: pagedQuery }) query: z.output<typeof pagedQuery>): Promise<Page<Instrument>> {
    const after = decodeCursor(query.cursor, identifier);
    const { knownAt } = timesOf(query, this.clock);
    return toPage(
      await this.instruments.page({ knownAt, limit: query.limit + 1, after }),
      query.limit,
      (one) => one.instrumentId,
      (one) => one,
    );
  }

  @Get('instruments/:instrumentId')
  @ApiProblems({ 404: ['NOT_FOUND'] })
  @Returns(instrument, { description: 'The instrument as known at a moment' })
  async getInstrument(
    @Param('instrumentId', { schema: identifier }) instrumentId: string,
    @Query({ schema: knownAtQuery }) query: z.output<typeof knownAtQuery>,
  ): Promise<Instrument> {
    const found = await this.instruments.find([instrumentId], timesOf(query, this.clock).knownAt);
    const known = found.get(instrumentId);
    if (known === undefined) throw new NotFoundError('instrument', instrumentId);
    return known;
  }

  /** The series, or the latest weights at or before the moment. */
  @Get('benchmarks/:benchmarkId')
  @ApiProblems({ 404: ['MARKET_DATA.UNKNOWN_BENCHMARK'] })
  @Returns(benchmark, { description: 'The benchmark as of a moment' })
  async getBenchmark(
    @Param('benchmarkId', { schema: identifier }) benchmarkId: string,
    @Query({ schema: asOfQuery }) query: z.output<typeof asOfQuery>,
  ): Promise<Benchmark> {
    const found = await this.benchmarks.find(benchmarkId, timesOf(query, this.clock));
    if (found === undefined) throw unknownBenchmark(benchmarkId);
    return found;
  }
}
