import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { limitProposal } from '@risk-budget/contracts';
import { ApiProblems, Consumes, CurrentPrincipal, Principal, Returns, Roles } from '@risk-budget/service-kit';
import { z } from 'zod';
import { parseCsv } from './csv.js';
import { checkedProposals, maxUploadRows, proposalOfRow, refuseUnknownColumns } from './upload-rows.js';
import { UploadsService, type UploadedRow } from './uploads.service.js';

const uploadBody = z
  .array(limitProposal)
  .min(1)
  .max(maxUploadRows)
  .describe('limits wanted; one that has the id of an existing limit is a revision of it');

const uploadResult = z.object({
  items: z.array(
    z.object({
      limitId: z.string(),
      version: z.int().min(1),
      outcome: z
        .enum(['proposed', 'revised', 'unchanged'])
        .describe('unchanged: the limit is proposed or in force with the same content already'),
    }),
  ),
});

const problems = { 422: ['LIMITS.BAD_UPLOAD'] } as const;

/** Uploads need no idempotency key: a row that changes nothing is answered as unchanged. */
@ApiTags('limits')
@Controller('v1/limit-uploads')
export class UploadsController {
  constructor(private readonly uploads: UploadsService) {}

  /** Proposes a list of limits, all or none. */
  @Post()
  @HttpCode(200)
  @Roles('riskManager')
  @Returns(uploadResult, { description: 'What became of each row, in order' })
  @ApiProblems(problems)
  async json(
    @Body({ schema: uploadBody }) body: z.output<typeof uploadBody>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<{ items: UploadedRow[] }> {
    return { items: await this.uploads.upload(principal, checkedProposals(body)) };
  }

  /** The same from a CSV file with a header line. */
  @Post('csv')
  @HttpCode(200)
  @Roles('riskManager')
  @Consumes('text/csv')
  @Returns(uploadResult, { description: 'What became of each row, in order' })
  @ApiProblems(problems)
  async csv(@Body() body: Readable, @CurrentPrincipal() principal: Principal): Promise<{ items: UploadedRow[] }> {
    const rows = parseCsv(await text(body));
    refuseUnknownColumns(rows);
    return { items: await this.uploads.upload(principal, checkedProposals(rows.map(proposalOfRow))) };
  }
}
