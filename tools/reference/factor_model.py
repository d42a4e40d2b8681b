"""Time-series factor model: every share on SP500 and each fund's return over it."""

import numpy as np
import statsmodels.api as sm

from common import flat, returns, write


def main() -> None:
    shares, funds = returns()
    market = shares.pop("SP500").to_numpy()
    factors = np.column_stack([market, funds.to_numpy() - market[:, None]])
    design = sm.add_constant(factors)
    fits = [sm.OLS(shares[name].to_numpy(), design).fit() for name in shares.columns]
    standardised = (factors - factors.mean(axis=0)) / factors.std(axis=0)
    exposures = np.array([fit.params[1:] for fit in fits])
    factor_covariance = np.cov(factors, rowvar=False, ddof=1)
    specific = np.array([fit.mse_resid for fit in fits])
    write(
        "factor-model/fixtures/time-series.json",
        {
            "intercepts": flat([fit.params[0] for fit in fits]),
            "exposures": flat(exposures),
            "factorCovariance": flat(factor_covariance),
            "specificVariances": flat(specific),
            "rSquared": flat([fit.rsquared for fit in fits]),
            "tStatistics": flat([fit.tvalues for fit in fits]),
            "conditionNumber": float(np.linalg.cond(standardised)),
            "covariance": flat(exposures @ factor_covariance @ exposures.T + np.diag(specific)),
        },
    )


if __name__ == "__main__":
    main()
