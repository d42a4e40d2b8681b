"""Backtests of value at risk and expected shortfall, by a second route each.

None of the libraries has them. Kupiec and Christoffersen: the likelihoods of a binomial and of a Markov chain maximised
numerically by SciPy instead of at their closed-form frequencies. Traffic light: SciPy's binomial. Acerbi and Székely:
pandas on the days of exceedance. Dynamic quantile: statsmodels' explained sum of squares; Berkowitz: its autoregression.
"""

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import integrate, optimize, stats
from statsmodels.tsa.ar_model import AutoReg

from common import flat, write


def logit(x: float) -> float:
    return 1 / (1 + np.exp(-x))


def best(log_likelihood, parameters: int) -> float:
    """The maximum over probabilities, through logits, from the middle."""
    found = [
        optimize.minimize(lambda x: -log_likelihood(logit(x)), np.full(parameters, start), method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-14, "maxiter": 20000, "maxfev": 20000})
        for start in (-3.0, 0.0)
    ]
    return -min(run.fun for run in found)


def kupiec(count: int, total: int, confidence: float) -> dict:
    free = best(lambda p: stats.binom.logpmf(count, total, p[0]), 1)
    statistic = 2 * (free - stats.binom.logpmf(count, total, 1 - confidence))
    return {
        "exceedances": count,
        "observations": total,
        "confidence": confidence,
        "statistic": float(statistic),
        "pValue": float(stats.chi2.sf(statistic, 1)),
    }


def christoffersen(hits: np.ndarray, confidence: float) -> dict:
    pairs = pd.crosstab(pd.Series(hits[:-1]), pd.Series(hits[1:])).reindex(index=[0, 1], columns=[0, 1], fill_value=0).to_numpy()

    def chain(p):
        return float((pairs * np.log(np.array([[1 - p[0], p[0]], [1 - p[1], p[1]]]))).sum())

    full = best(chain, 2)
    same = best(lambda p: chain([p[0], p[0]]), 1)
    fixed = chain([1 - confidence] * 2)
    return {
        "confidence": confidence,
        "hits": [int(hit) for hit in hits],
        "independence": float(2 * (full - same)),
        "independencePValue": float(stats.chi2.sf(2 * (full - same), 1)),
        "conditionalCoverage": float(2 * (full - fixed)),
        "conditionalCoveragePValue": float(stats.chi2.sf(2 * (full - fixed), 2)),
        "transitions": flat(pairs),
    }


def clustered(seed: int, total: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    hits = [0]
    for _ in range(total - 1):
        hits.append(int(rng.random() < (0.25 if hits[-1] else 0.05)))
    return np.array(hits)


def shortfall() -> dict:
    rng = np.random.default_rng(3)
    confidence = 0.975
    sigma = 0.01 * np.exp(0.3 * rng.standard_normal(500))
    losses = sigma * stats.t.rvs(4, size=500, random_state=rng) / np.sqrt(2)
    frame = pd.DataFrame(
        {
            "loss": losses,
            "var": sigma * stats.norm.ppf(confidence),
            "es": sigma * stats.norm.expect(lambda z: z, lb=stats.norm.ppf(confidence), conditional=True),
        }
    )
    tail = frame[frame["loss"] > frame["var"]]
    ratios = tail["loss"] / tail["es"]
    return {
        "confidence": confidence,
        "losses": flat(frame["loss"]),
        "valuesAtRisk": flat(frame["var"]),
        "expectedShortfalls": flat(frame["es"]),
        "exceedances": len(tail),
        "z1": float(1 - ratios.mean()),
        "z2": float(1 - ratios.sum() / (len(frame) * (1 - confidence))),
    }


def ranks(seed: int, observations: int, confidence: float) -> dict:
    """Z3 with the expected shortfall of ranks by SciPy's quadrature, on normal and Student t forecasts of three days' scales."""
    rng = np.random.default_rng(seed)
    count = int(np.floor(observations * (1 - confidence) + 1e-9))
    scales = 0.01 * np.exp(0.2 * rng.standard_normal(3))
    out = {"confidence": confidence, "scales": flat(scales), "degreesOfFreedom": 5.0}
    tails = rng.beta(0.8, 1.0, observations)
    out["tails"] = flat(tails)
    smallest = np.sort(tails)[:count]
    for name, law in (("normal", stats.norm(0.0005, 1)), ("studentT", stats.t(5, 0.0005, 1))):
        def integrand(tail, law=law):
            return law.isf(tail) * stats.binom.cdf(count - 1, observations - 1, tail)

        middle = count / observations
        pieces = [0, 1e-12, 1e-8, 1e-5, middle / 4, middle / 2, middle, 1.5 * middle, 2 * middle, 4 * middle, 1]
        expected = sum(
            integrate.quad(integrand, a, b, epsabs=0, epsrel=1e-12, limit=500)[0]
            for a, b in zip(pieces, pieces[1:])
            if b > a
        )
        expected *= observations / count
        # The ratio of a day does not depend on its scale where the location moves with it.
        out[name] = float(1 - law.isf(smallest).mean() / expected)
    return out


def dynamic_quantile(losses: np.ndarray, values_at_risk: np.ndarray, confidence: float, lags: int = 4) -> dict:
    """As an explained sum of squares of a regression by statsmodels."""
    probability = 1 - confidence
    hits = (losses > values_at_risk) - probability
    columns = [np.ones(len(hits) - lags), *[hits[lags - k : len(hits) - k] for k in range(1, lags + 1)], values_at_risk[lags:]]
    fit = sm.OLS(hits[lags:], np.column_stack(columns)).fit()
    statistic = float((fit.fittedvalues**2).sum() / (probability * (1 - probability)))
    return {"statistic": statistic, "pValue": float(stats.chi2.sf(statistic, lags + 2))}


def berkowitz(seed: int) -> dict:
    rng = np.random.default_rng(seed)
    noise, z = rng.standard_normal(300), [0.0]
    for shock in noise:
        z.append(0.1 + 0.15 * z[-1] + 1.1 * shock)
    transforms = stats.norm.cdf(z[1:])
    scores = stats.norm.ppf(transforms)
    fit = AutoReg(scores, 1, trend="c").fit()
    statistic = 2 * (fit.llf - stats.norm.logpdf(scores[1:]).sum())
    return {
        "transforms": flat(transforms),
        "statistic": float(statistic),
        "pValue": float(stats.chi2.sf(statistic, 3)),
        "parameters": flat([*fit.params, fit.sigma2]),
    }


def main() -> None:
    tail = shortfall()
    write(
        "backtests/fixtures/backtests.json",
        {
            "kupiec": [kupiec(*case) for case in ((0, 250, 0.99), (7, 250, 0.99), (20, 250, 0.95), (90, 1000, 0.95), (3, 500, 0.99))],
            "christoffersen": [christoffersen(clustered(seed, 400), 0.95) for seed in (1, 2, 3)],
            "zones": [
                {"exceedances": k, "observations": t, "confidence": c, "cumulativeProbability": float(stats.binom.cdf(k, t, 1 - c))}
                for k, t, c in ((0, 250, 0.99), (4, 250, 0.99), (5, 250, 0.99), (9, 250, 0.99), (10, 250, 0.99), (12, 250, 0.95), (30, 500, 0.975), (3, 3, 0.95))
            ],
            "shortfall": tail,
            "ranks": [ranks(11, 250, 0.975), ranks(12, 1000, 0.975), ranks(13, 60, 0.95)],
            "dynamicQuantile": dynamic_quantile(np.array(tail["losses"]), np.array(tail["valuesAtRisk"]), tail["confidence"]),
            "berkowitz": berkowitz(4),
        },
        1e-7,
    )


if __name__ == "__main__":
    main()
