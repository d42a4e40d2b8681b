import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { actor, instant } from '@risk-budget/contracts';
import { z } from 'zod';
import { pageOf, pageSchema, type Page } from '../http/paging.js';
import { CurrentPrincipal, Roles } from '../identity/identity.decorators.js';
import { assertPortfolio, Principal } from '../identity/principal.js';
import { Returns } from '../openapi/api.decorators.js';
import { serviceChain } from './audit-entry.js';
import { AuditService } from './audit.service.js';
import type { AuditEntry, AuditVerification } from './audit.types.js';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

const entrySchema = z.object({
  chain: z.string(),
  position: z.int().min(1),
  previous: hash.describe('hash of the entry before'),
  hash: hash.describe('SHA-256 of the canonical JSON of everything else in the entry'),
  occurredAt: instant,
  recordedAt: instant,
  actor,
  action: z.string(),
  subject: z.string(),
  data: z.record(z.string(), z.unknown()),
});

const verificationSchema = z.object({
  chain: z.string(),
  valid: z.boolean(),
  length: z.int().min(0),
  head: hash,
  problems: z.array(z.object({ position: z.int().min(0), problem: z.string() })),
});

const chainId = z.string().min(1).max(128).describe('a portfolio id, or `service`');
const listQuery = pageSchema();

@ApiTags('audit')
@Controller('v1/audit')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  /** The decisions on record about a portfolio, or (`service`) about none; oldest first. */
  @Get(':chain')
  @Roles('riskManager', 'approver', 'operator')
  @Returns(pageOf(entrySchema), { description: 'Entries, oldest first' })
  list(
    @Param('chain', { schema: chainId }) chain: string,
    @Query({ schema: listQuery }) query: z.output<typeof listQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<AuditEntry>> {
    assertChain(principal, chain);
    return this.audit.list(chain, query);
  }

  /** Recomputes every hash of the chain and compares it with its head and its anchors. */
  @Get(':chain/verification')
  @Roles('riskManager', 'approver', 'operator')
  @Returns(verificationSchema, { description: 'Whether the chain is whole, and where not' })
  verify(
    @Param('chain', { schema: chainId }) chain: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<AuditVerification> {
    assertChain(principal, chain);
    return this.audit.verify(chain);
  }
}

function assertChain(principal: Principal, chain: string): void {
  if (chain !== serviceChain) assertPortfolio(principal, chain);
}
