"""Scores of forecasts: statsmodels (HAC regressions), SciPy (Student's t), NumPy.

Diebold–Mariano and the Brier decomposition are in none of the libraries: the first is derived a second time as a
regression of the loss difference on a constant with statsmodels' uniform and Bartlett kernels, the second from
conditional means by pandas.
"""

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats
from scipy.special import logsumexp
from statsmodels.stats.sandwich_covariance import cov_hac_simple, weights_bartlett, weights_uniform

from common import flat, write


def sample() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(11)
    true = np.exp(np.cumsum(0.1 * rng.standard_normal(260)) - 9)
    realised = true * rng.chisquare(5, 260) / 5
    realised[17] = 0.0
    first = true * np.exp(0.2 * rng.standard_normal(260))
    second = 1.3 * true * np.exp(0.4 * rng.standard_normal(260))
    return realised, first, second


def covariance() -> dict:
    """Losses of a covariance forecast by LAPACK's determinant and solution."""
    rng = np.random.default_rng(12)
    root = 0.01 * rng.standard_normal((4, 4))
    forecast = 5 * (root @ root.T + 1e-5 * np.eye(4))
    returns = 0.015 * rng.standard_normal((5, 4))
    products = returns.T @ returns
    pairs = np.triu_indices(4, 1)
    return {
        "forecast": flat(forecast),
        "returns": flat(returns),
        "days": 5,
        "qlike": float((np.linalg.slogdet(forecast)[1] + np.trace(np.linalg.solve(forecast, products))) / 4),
        "squaredError": float(((products - forecast)[pairs] ** 2).mean()),
    }


def mixtures() -> list[dict]:
    """Logarithmic scores of normal mixtures by SciPy, far in the tail too."""
    means, deviations = np.array([0.0008, -0.0002, -0.002]), np.array([0.006, 0.012, 0.03])
    return [
        {
            "probabilities": flat(np.array(probabilities)),
            "means": flat(means[: len(probabilities)]),
            "variances": flat(deviations[: len(probabilities)] ** 2),
            "value": value,
            "score": float(logsumexp(stats.norm.logpdf(value, means[: len(probabilities)], deviations[: len(probabilities)]), b=probabilities)),
        }
        for probabilities, value in (([0.7, 0.3], 0.004), ([0.2, 0.5, 0.3], -0.05), ([1.0, 0.0], 0.3), ([0.25, 0.75], 0.0))
    ]


def diebold_mariano(difference: np.ndarray, horizon: int, kernel: str) -> dict:
    count = len(difference)
    fit = sm.OLS(difference, np.ones(count)).fit()
    weights = {"uniform": weights_uniform, "bartlett": weights_bartlett}[kernel]
    variance = float(cov_hac_simple(fit, nlags=horizon - 1, weights_func=weights, use_correction=False)[0, 0])
    correction = np.sqrt((count + 1 - 2 * horizon + horizon * (horizon - 1) / count) / count)
    statistic = correction * difference.mean() / np.sqrt(variance)
    return {
        "horizonDays": horizon,
        "kernel": kernel,
        "statistic": float(statistic),
        "pValue": float(2 * stats.t.sf(abs(statistic), count - 1)),
    }


def mincer_zarnowitz(realised: np.ndarray, forecast: np.ndarray, horizon: int) -> dict:
    unit = forecast.max()
    fit = sm.OLS(realised / unit, sm.add_constant(forecast / unit)).fit(
        cov_type="HAC", cov_kwds={"maxlags": horizon - 1, "use_correction": False}
    )
    wald = fit.wald_test((np.eye(2), np.array([0.0, 1.0])), use_f=False, scalar=True)
    return {
        "horizonDays": horizon,
        "intercept": float(fit.params[0] * unit),
        "slope": float(fit.params[1]),
        "interceptStandardError": float(fit.bse[0] * unit),
        "slopeStandardError": float(fit.bse[1]),
        "rSquared": float(fit.rsquared),
        "statistic": float(wald.statistic),
        "pValue": float(wald.pvalue),
    }


def brier() -> dict:
    rng = np.random.default_rng(5)
    probability = np.round(rng.beta(1.2, 3.0, 400), 4)
    outcome = (rng.random(400) < 0.8 * probability + 0.05).astype(float)
    frame = pd.DataFrame({"p": probability, "o": outcome})
    frame["bin"] = np.minimum(9, np.floor(probability * 10)).astype(int)
    groups = frame.groupby("bin")
    means, share = groups[["p", "o"]].mean(), groups.size() / len(frame)
    base = outcome.mean()
    within = groups.apply(lambda g: len(g) / len(frame) * (g["p"].var(ddof=0) - 2 * g[["p", "o"]].cov(ddof=0).iloc[0, 1]))
    return {
        "probabilities": flat(probability),
        "outcomes": flat(outcome),
        "score": float(((probability - outcome) ** 2).mean()),
        "reliability": float((share * (means["p"] - means["o"]) ** 2).sum()),
        "resolution": float((share * (means["o"] - base) ** 2).sum()),
        "uncertainty": float(base * (1 - base)),
        "withinBin": float(within.sum()),
        "meanForecasts": flat(means["p"]),
        "observedFrequencies": flat(means["o"]),
    }


def main() -> None:
    realised, first, second = sample()
    ratio = np.maximum(realised / first, 1e-4)
    qlike_first = ratio - np.log(ratio) - 1
    ratio = np.maximum(realised / second, 1e-4)
    qlike_second = ratio - np.log(ratio) - 1
    difference = qlike_first - qlike_second
    write(
        "scores/fixtures/scores.json",
        {
            "realised": flat(realised),
            "first": flat(first),
            "second": flat(second),
            "qlike": {"first": float(qlike_first.mean()), "second": float(qlike_second.mean())},
            "squaredError": float(((realised - first) ** 2).mean()),
            "dieboldMariano": [
                diebold_mariano(difference, horizon, kernel)
                for horizon, kernel in ((1, "uniform"), (5, "uniform"), (5, "bartlett"), (10, "bartlett"))
            ],
            "mincerZarnowitz": [mincer_zarnowitz(realised, first, horizon) for horizon in (1, 5)],
            "covariance": covariance(),
            "mixtures": mixtures(),
            "brier": brier(),
        },
    )


if __name__ == "__main__":
    main()
