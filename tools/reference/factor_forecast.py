"""Vector autoregressions by statsmodels, on squared returns of four series (a thing that moves slowly)."""

import numpy as np
import statsmodels.api as sm
from statsmodels.tsa.ar_model import AutoReg
from statsmodels.tsa.api import VAR

from common import flat, write
from garch import SERIES, long_returns


def main() -> None:
    values = np.log1p(100 * np.abs(long_returns()[SERIES].to_numpy()))
    fits = []
    for order in (1, 3):
        fit = VAR(values).fit(order, trend="c")
        fits.append(
            {
                "order": order,
                "intercepts": flat(fit.intercept),
                "coefficients": flat(fit.coefs),
                "residualCovariance": flat(fit.sigma_u),
                "means": flat(fit.forecast(values[-order:], 10)),
                "errorCovariances": flat(fit.mse(10)),
                "stable": bool(fit.is_stable()),
            }
        )
    single = AutoReg(values[:, 0], 2, trend="c").fit()
    write(
        "factor-forecast/fixtures/vector-autoregression.json",
        {
            "series": flat(values),
            "fits": fits,
            "autoregression": {"parameters": flat(single.params), "forecast": flat(single.predict(len(values), len(values) + 9))},
        },
    )


if __name__ == "__main__":
    main()
