import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { utilizationSnapshot, type UtilizationSnapshot } from '@risk-budget/contracts';
import { ApiProblems, CurrentPrincipal, Principal, Returns, Roles } from '@risk-budget/service-kit';
import { unknownSnapshot } from '../errors.js';
import { asOfProblems, snapshotParameters, type SnapshotParameters } from '../rest/parameters.js';
import { verificationAnswer, type VerificationAnswer } from '../verification/verification.schemas.js';
import { VerificationService } from '../verification/verification.service.js';
import { SnapshotRepository } from './snapshot.repository.js';

@ApiTags('snapshots')
@Controller('v1/snapshots/:snapshotId')
export class SnapshotsController {
  constructor(
    private readonly snapshots: SnapshotRepository,
    private readonly verification: VerificationService,
  ) {}

  @Get()
  @Roles('viewer')
  @ApiOperation({ summary: 'A snapshot as it was published: nodes, marks, and the lineage of its numbers' })
  @Returns(utilizationSnapshot)
  @ApiProblems({ 404: ['NOT_FOUND'] })
  get(
    @Param({ schema: snapshotParameters }) { snapshotId }: SnapshotParameters,
    @CurrentPrincipal() principal: Principal,
  ): Promise<UtilizationSnapshot> {
    return this.visible(principal, snapshotId);
  }

  @Post('verification')
  @HttpCode(200)
  @Roles('viewer')
  @ApiOperation({ summary: 'Computes a stored snapshot again from its lineage and says whether every figure agrees' })
  @Returns(verificationAnswer)
  @ApiProblems({ 404: ['NOT_FOUND'], 422: asOfProblems[422] })
  async verify(
    @Param({ schema: snapshotParameters }) { snapshotId }: SnapshotParameters,
    @CurrentPrincipal() principal: Principal,
  ): Promise<VerificationAnswer> {
    return this.verification.verify(await this.visible(principal, snapshotId));
  }

  private async visible(principal: Principal, snapshotId: string): Promise<UtilizationSnapshot> {
    const place = await this.snapshots.placeOf(snapshotId);
    if (place === undefined || !principal.mayRead(place.portfolioId)) throw unknownSnapshot(snapshotId);
    return this.snapshots.read(place);
  }
}
