"""Measures of one series and its tail: skfolio, Riskfolio-Lib, NumPy, SciPy; Cornish–Fisher by integration."""

import numpy as np
import riskfolio.src.RiskFunctions as rk
from scipy.integrate import quad
from scipy.linalg import sqrtm
from scipy.optimize import minimize_scalar, root
from scipy.special import digamma, logsumexp
from scipy.stats import genpareto, kurtosis, norm, skew, t
from skfolio.measures import evar, mean_absolute_deviation, semi_deviation

from common import flat, share_returns, write
from measures import weights

LAMBDA = 0.98


def weighted_shortfall(losses: np.ndarray, w: np.ndarray, confidence: float) -> float:
    """min over z of z + Σ w max(L − z, 0) / (1 − c), at its minimiser among the losses."""
    return float(min(z + (w * np.maximum(losses - z, 0)).sum() / (1 - confidence) for z in losses))


def pareto(excesses: np.ndarray) -> dict:
    """Both parameters at once from the score equations, started from SciPy's fit; errors from a numerical Hessian."""
    scale = excesses.mean()
    y = excesses / scale
    loglik = lambda p: genpareto.logpdf(y, p[0], scale=p[1]).sum()

    def score(p: np.ndarray) -> list[float]:
        u = y / (p[1] + p[0] * y)
        return [
            np.log1p(p[0] * y / p[1]).sum() / p[0] ** 2 - (1 + 1 / p[0]) * u.sum(),
            -len(y) / p[1] + (1 + p[0]) / p[1] * u.sum(),
        ]

    shape, _, start = genpareto.fit(y, floc=0)
    solution = root(score, [shape, start], tol=1e-14)
    assert loglik(solution.x) >= loglik([shape, start]) - 1e-9
    step = 1e-4
    hessian = np.empty((2, 2))
    for i in range(2):
        unit = np.eye(2)[i] * step
        differences = [(np.array(score(solution.x + h * unit)) - np.array(score(solution.x - h * unit))) / (2 * h * step) for h in (1, 0.5)]
        hessian[i] = (4 * differences[1] - differences[0]) / 3
    errors = np.sqrt(np.diag(np.linalg.inv(-hessian)))
    return {
        "shape": float(solution.x[0]),
        "scale": float(solution.x[1] * scale),
        "shapeStandardError": float(errors[0]),
        "scaleStandardError": float(errors[1] * scale),
        "logLikelihood": float(loglik(solution.x) - len(y) * np.log(scale)),
    }


def tail(losses: np.ndarray, confidence: float, share: float) -> dict:
    threshold = np.quantile(losses, 1 - share)
    excesses = losses[losses > threshold] - threshold
    fit = pareto(excesses)
    beyond = (1 - confidence) / (len(excesses) / len(losses))
    return {
        **fit,
        "threshold": float(threshold),
        "excesses": len(excesses),
        "var": float(threshold + genpareto.isf(beyond, fit["shape"], scale=fit["scale"])),
        "es": float(threshold + genpareto.expect(lambda y: y, (fit["shape"],), scale=fit["scale"], lb=genpareto.isf(beyond, fit["shape"], scale=fit["scale"]), conditional=True)),
    }


def cornish_fisher(losses: np.ndarray, confidence: float) -> dict:
    s, k = skew(losses), kurtosis(losses)
    expansion = lambda z: np.polyval([k / 24 - s**2 / 18, s / 6, 1 - k / 8 + 5 * s**2 / 36, -s / 6], z)
    deviation = losses.std(ddof=1)
    area, _ = quad(lambda z: expansion(z) * norm.pdf(z), norm.ppf(confidence), 12, epsabs=1e-15, epsrel=1e-13)
    return {"skewness": float(s), "excessKurtosis": float(k), "deviation": float(deviation), "var": float(deviation * expansion(norm.ppf(confidence))), "es": float(deviation * area / (1 - confidence))}


def student(confidence: float, nu: float) -> dict:
    """Per unit of standard deviation; ES by integrating the quantile function over the tail."""
    scale = np.sqrt((nu - 2) / nu)
    area, _ = quad(lambda q: t.isf(q, nu), 0, 1 - confidence, epsabs=1e-15, epsrel=1e-13, limit=500)
    return {"var": float(scale * t.ppf(confidence, nu)), "es": float(scale * area / (1 - confidence))}


def fitted_student(values: np.ndarray) -> dict:
    """Location, scale and degrees of freedom from the score equations, started from SciPy's own fit."""
    size = values.std()
    y = (values - values.mean()) / size

    def scores(p: np.ndarray) -> list[float]:
        mean, spread, nu = p
        z = (y - mean) / spread
        w = (nu + 1) / (nu + z**2)
        by_nu = digamma((nu + 1) / 2) - digamma(nu / 2) - 1 / nu - np.log1p(z**2 / nu) + w * z**2 / nu
        return [(w * z).sum(), (w * z**2 - 1).sum(), by_nu.sum()]

    nu, mean, spread = t.fit(y)
    solution = root(scores, [mean, spread, nu], tol=1e-13)
    assert t.logpdf(y, solution.x[2], solution.x[0], solution.x[1]).sum() >= t.logpdf(y, nu, mean, spread).sum() - 1e-9
    mean, spread, nu = solution.x
    return {
        "mean": float(values.mean() + size * mean),
        "deviation": float(size * spread * np.sqrt(nu / (nu - 2))),
        "degreesOfFreedom": float(nu),
        "logLikelihood": float(t.logpdf(y, nu, mean, spread).sum() - len(y) * np.log(size)),
    }


def minimum_torsion(sigma: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Shares of variance by the torsion that needs no iteration, matrix by matrix."""
    sizes = np.sqrt(np.diag(sigma))
    correlation = sigma / np.outer(sizes, sizes)
    half = np.real(sqrtm(correlation))
    torsion = np.diag(sizes) @ np.linalg.inv(half) @ np.diag(1 / sizes)
    exposures = np.linalg.inv(torsion).T @ w
    return exposures * (torsion @ sigma @ w) / (w @ sigma @ w)


def entropic(losses: np.ndarray, confidence: float) -> float:
    """The infimum over the temperature, on its logarithm."""
    size = losses.std()

    def at(log_z: float) -> float:
        z = np.exp(log_z)
        return z * (logsumexp(losses / size / z) - np.log(len(losses) * (1 - confidence)))

    found = minimize_scalar(at, bounds=(-5, 5), method="bounded", options={"xatol": 1e-10, "maxiter": 2000})
    return float(size * found.fun)


def main() -> None:
    x = share_returns()
    w = np.abs(weights())
    r = x @ w
    # Riskfolio-Lib's drawdown functions take one column.
    column = r.reshape(-1, 1)
    losses = -r
    age = LAMBDA ** np.arange(len(r))[::-1]
    age /= age.sum()
    sigma = np.cov(x, rowvar=False, ddof=1)
    shares = minimum_torsion(sigma, w)
    mild = losses[np.argsort(np.abs(losses))[:-15]]
    write(
        "measures/fixtures/tail-measures.json",
        {
            "weights": flat(w),
            "semiDeviation": float(semi_deviation(r)),
            "semiDeviationFromZero": float(semi_deviation(r, min_acceptable_return=0)),
            "meanAbsoluteDeviation": float(mean_absolute_deviation(r)),
            "entropicVar": {str(c): entropic(losses, c) for c in (0.9, 0.95, 0.99)},
            "entropicVarSkfolio": float(evar(r, beta=0.95)),
            "drawdown": {
                kind: {
                    "maximum": float(getattr(rk, f"MDD_{kind}")(column)),
                    "average": float(getattr(rk, f"ADD_{kind}")(column)),
                    "ulcerIndex": float(getattr(rk, f"UCI_{kind}")(column)),
                    "conditional": float(getattr(rk, f"CDaR_{kind}")(column, alpha=0.0437)),
                }
                for kind in ("Abs", "Rel")
            },
            "lambda": LAMBDA,
            "ageWeighted": {
                str(c): {
                    "var": float(np.quantile(losses, c, weights=age, method="inverted_cdf")),
                    "es": weighted_shortfall(losses, age, c),
                }
                for c in (0.9, 0.95, 0.99)
            },
            "cornishFisherLosses": flat(mild),
            "cornishFisher": cornish_fisher(mild, 0.99),
            "studentT": {f"{c}/{nu}": student(c, nu) for c in (0.95, 0.99) for nu in (2.5, 5, 30)},
            "fittedStudentT": {"portfolio": fitted_student(losses), "AAPL": fitted_student(x[:, 0]), "last": fitted_student(x[:, -1])},
            "peaks": {f"{c}/{s}": tail(losses, c, s) for c, s in ((0.99, 0.1), (0.95, 0.2), (0.995, 0.08))},
            "diversificationRatio": float(w @ np.sqrt(np.diag(sigma)) / np.sqrt(w @ sigma @ w)),
            "effectiveBets": float(np.exp(-(shares * np.log(shares)).sum())),
            "betShares": flat(shares),
        },
    )


if __name__ == "__main__":
    main()
