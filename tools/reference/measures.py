"""Measures of one portfolio: seeded long-short weights on the sample covariance."""

import numpy as np
from scipy.stats import norm
from skfolio.measures import cvar

from common import flat, returns, share_returns, write

PROBABILITIES = [1e-300, 1e-20, 1e-6, 0.01, 0.025, 0.05, 0.0749, 0.0751, 0.3, 0.5, 0.9, 0.95, 0.975, 0.99, 0.999, 1 - 1e-12]
METHODS = {"type1": "inverted_cdf", "type6": "weibull", "type7": "linear", "type8": "median_unbiased"}


def weights(n: int = 20) -> np.ndarray:
    rng = np.random.default_rng(7)
    w = rng.normal(0.05, 0.04, n)
    return np.round(w / np.abs(w).sum() * 1.3, 6)


def tail(losses: np.ndarray) -> dict:
    result = {}
    for confidence in (0.95, 0.975, 0.99, 0.9137):
        result[str(confidence)] = {
            "var": {rule: float(np.quantile(losses, confidence, method=method)) for rule, method in METHODS.items()},
            "es": float(cvar(-losses, beta=confidence)),
        }
    return result


def main() -> None:
    x = share_returns()
    market = returns()[0]["SP500"].to_numpy()
    sigma = np.cov(x, rowvar=False, ddof=1)
    w = weights()
    losses = -(x @ w)
    deviation = float(np.sqrt(w @ sigma @ w))
    with_market = np.column_stack([x, market])
    joint = np.cov(with_market, rowvar=False, ddof=1)
    difference = x @ w - market
    ten_days = np.array([np.prod(1 + x[t : t + 10], axis=0) - 1 for t in range(len(x) - 9)])
    write(
        "measures/fixtures/measures.json",
        {
            "probabilities": PROBABILITIES,
            "normalQuantiles": flat(norm.ppf(PROBABILITIES)),
            "weights": flat(w),
            "volatility": deviation * np.sqrt(252),
            "gaussian": {
                f"{c}/{h}": {
                    "var": float(norm.ppf(c) * deviation * np.sqrt(h)),
                    "es": float(norm.expect(lambda z: z, lb=norm.ppf(c), conditional=True, epsabs=1e-14, epsrel=1e-13) * deviation * np.sqrt(h)),
                }
                for c in (0.95, 0.99)
                for h in (1, 10)
            },
            "historical": tail(losses),
            "historicalTenDays": tail(-(ten_days @ w)),
            "trackingError": float(np.std(difference, ddof=1) * np.sqrt(252)),
            "beta": float(np.cov(x @ w, market, ddof=1)[0, 1] / np.var(market, ddof=1)),
            "jointCovariance": flat(joint),
        },
    )


if __name__ == "__main__":
    main()
