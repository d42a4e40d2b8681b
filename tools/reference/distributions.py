"""Distribution functions behind the likelihoods and p-values, by SciPy."""

import numpy as np
from scipy import special, stats

from common import flat, write

ARGUMENTS = [1e-5, 0.3, 1.0, 1.7, 2.0, 5.5, 14.9, 80.0, 251.0]
NORMAL = [-37.0, -10.0, -3.0, -1e-5, 0.0, 0.3, 5.0]
CHI_SQUARED = [(1e-9, 1), (3.84, 1), (0.5, 2), (20.0, 5), (700.0, 3), (90.0, 100)]
STUDENT = [(-1e9, 3.0), (-3.0, 2.05), (-0.01, 7.0), (0.0, 4.0), (1.2, 4.0), (-40.0, 100.0), (2.0, 1.0)]
QUANTILES = [(1e-12, 3.0), (0.01, 2.05), (0.3, 7.0), (0.975, 4.0), (0.0001, 100.0), (0.999, 500.0)]
BETA = [(0.5, 2.0, 0.3), (20.0, 0.5, 0.97), (246.0, 5.0, 0.99), (3.0, 3.0, 0.5)]


def main() -> None:
    write(
        "distribution/fixtures/distributions.json",
        {
            "arguments": ARGUMENTS,
            "logGamma": flat(special.gammaln(ARGUMENTS)),
            "digamma": flat(special.digamma(ARGUMENTS)),
            "normal": {"at": NORMAL, "cdf": flat(stats.norm.cdf(NORMAL))},
            "chiSquared": {"at": CHI_SQUARED, "survival": flat([stats.chi2.sf(x, df) for x, df in CHI_SQUARED])},
            "studentT": {
                "at": STUDENT,
                "cdf": flat([stats.t.cdf(x, df) for x, df in STUDENT]),
                "logDensity": flat([stats.t.logpdf(x, df) for x, df in STUDENT]),
            },
            "studentTQuantile": {"at": QUANTILES, "quantile": flat([stats.t.ppf(p, df) for p, df in QUANTILES])},
            "incompleteBeta": {"at": BETA, "value": flat([special.betainc(*a) for a in BETA])},
        },
        1e-12,
    )


if __name__ == "__main__":
    main()
