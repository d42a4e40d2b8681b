"""Makes every golden number again."""

import allocation
import contributions
import covariance
import evaluation
import factor_model
import market
import measures

for program in (market, covariance, factor_model, measures, contributions, allocation, evaluation):
    program.main()
