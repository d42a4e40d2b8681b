import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, CurrentPrincipal, Principal, Returns, Roles } from '@risk-budget/service-kit';
import { unknownPortfolio } from '../errors.js';
import { asOfProblems, portfolioParameters, type PortfolioParameters } from '../rest/parameters.js';
import { whatIfAnswer, whatIfRequest, type WhatIfAnswer, type WhatIfRequest } from './what-if.schemas.js';
import { WhatIfService } from './what-if.service.js';

@ApiTags('what-if')
@Controller('v1/portfolios/:portfolioId/what-if')
export class WhatIfController {
  constructor(private readonly whatIf: WhatIfService) {}

  @Post()
  @HttpCode(200)
  @Roles('riskManager')
  @ApiOperation({
    summary:
      'Metrics and nodes before and after a list of trades, at the marks and model of the latest snapshot; stores nothing',
  })
  @Returns(whatIfAnswer)
  @ApiProblems({ ...asOfProblems, 409: ['UTILIZATION.NOT_EVALUABLE'] })
  evaluate(
    @Param({ schema: portfolioParameters }) { portfolioId }: PortfolioParameters,
    @Body({ schema: whatIfRequest }) body: WhatIfRequest,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WhatIfAnswer> {
    if (!principal.mayRead(portfolioId)) throw unknownPortfolio(portfolioId);
    return this.whatIf.evaluate(portfolioId, body);
  }
}
