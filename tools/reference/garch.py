"""GARCH, GJR and EGARCH by arch, carried on to the optimum by Newton steps on complex-step derivatives.

arch gives the likelihood to beat, the variances and the forecasts at fixed parameters. Its optimiser stops some 1e-8
short and its standard errors come from forward differences, so that the optimum itself and the robust standard errors
come from a second derivation: the likelihood written out in NumPy, its scores by complex steps, its second derivatives
by central differences of these.
"""

import gzip
import warnings

import numpy as np
import pandas as pd
from arch import arch_model
from arch.univariate import EWMAVariance, ZeroMean
from scipy import integrate
from scipy.special import loggamma

from common import DATA, LAST_DAY, flat, write

SERIES = ["SP500", "AAPL", "JPM", "PG"]
DAYS = 1000
HORIZON = 10
CASES = [
    # series, model, innovations, mean; all with an optimum inside their bounds
    ("SP500", "garch", "normal", "zero"),
    ("SP500", "garch", "normal", "constant"),
    ("AAPL", "garch", "studentT", "constant"),
    ("JPM", "garch", "studentT", "zero"),
    ("PG", "gjr", "normal", "constant"),
    ("JPM", "gjr", "studentT", "zero"),
    ("AAPL", "gjr", "skewedT", "zero"),
    ("JPM", "egarch", "normal", "zero"),
    ("AAPL", "egarch", "studentT", "constant"),
    ("SP500", "gjr", "studentT", "zero"),
    ("SP500", "gjr", "skewedT", "constant"),
    ("PG", "egarch", "skewedT", "zero"),
]
NAMES = {"mu": "mean", "omega": "omega", "alpha[1]": "alpha", "gamma[1]": "gamma", "beta[1]": "beta", "nu": "degreesOfFreedom", "eta": "degreesOfFreedom", "lambda": "skew"}
DISTRIBUTIONS = {"normal": "normal", "studentT": "t", "skewedT": "skewt"}


def long_returns(days: int = DAYS) -> pd.DataFrame:
    """The last `days` returns to the end of 2018 of the shares and SP500."""
    with gzip.open(DATA / "us-equities-1990-2022.csv.gz", "rt") as file:
        prices = pd.read_csv(file, index_col="Date").loc[:LAST_DAY]
    return prices.pct_change().tail(days)


def model_of(x: np.ndarray, model: str, innovations: str, mean: str):
    return arch_model(
        100 * x,
        mean={"zero": "Zero", "constant": "Constant"}[mean],
        vol="EGARCH" if model == "egarch" else "GARCH",
        p=1,
        o=0 if model == "garch" else 1,
        q=1,
        dist=DISTRIBUTIONS[innovations],
        rescale=False,
    )


def contributions(theta: np.ndarray, x: np.ndarray, model: str, innovations: str, mean: str) -> np.ndarray:
    """ln density of each day of returns in percent; takes complex parameters."""
    theta = list(theta)
    y = 100 * x
    mu = theta.pop(0) if mean == "constant" else 0.0
    start_residuals = y - (y.mean() if mean == "constant" else 0.0)
    weights = 0.94 ** np.arange(75)
    start = np.sum(weights * start_residuals[:75] ** 2) / weights.sum()
    omega, alpha = theta.pop(0), theta.pop(0)
    gamma = 0.0 if model == "garch" else theta.pop(0)
    beta = theta.pop(0)
    e = y - mu
    variance = np.empty(len(y), dtype=complex)
    if model == "egarch":
        log = omega + beta * np.log(start)
        for t in range(len(y)):
            variance[t] = np.exp(log)
            z = e[t] / np.sqrt(variance[t])
            log = omega + alpha * (z * np.sign(z.real) - np.sqrt(2 / np.pi)) + gamma * z + beta * log
    else:
        v = omega + (alpha + gamma / 2 + beta) * start
        for t in range(len(y)):
            variance[t] = v
            v = omega + (alpha + (gamma if e[t].real < 0 else 0.0)) * e[t] ** 2 + beta * v
    if innovations == "normal":
        return -0.5 * (np.log(2 * np.pi) + np.log(variance) + e**2 / variance)
    nu = theta.pop(0)
    log_c = loggamma((nu + 1) / 2) - loggamma(nu / 2) - 0.5 * np.log(np.pi * (nu - 2))
    if innovations == "studentT":
        return log_c - 0.5 * np.log(variance) - (nu + 1) / 2 * np.log(1 + e**2 / (variance * (nu - 2)))
    skew = theta.pop(0)
    a = 4 * skew * np.exp(log_c) * (nu - 2) / (nu - 1)
    b = np.sqrt(1 + 3 * skew**2 - a**2)
    m = b * e / np.sqrt(variance) + a
    w = m / (1 + np.sign(m.real) * skew)
    return np.log(b) + log_c - 0.5 * np.log(variance) - (nu + 1) / 2 * np.log(1 + w**2 / (nu - 2))


def scores(theta, *case) -> np.ndarray:
    """T×p, exact to rounding."""
    columns = []
    for j in range(len(theta)):
        moved = np.array(theta, dtype=complex)
        moved[j] += 1e-30j
        columns.append(contributions(moved, *case).imag / 1e-30)
    return np.column_stack(columns)


def hessian(theta, *case) -> np.ndarray:
    size = len(theta)
    result = np.empty((size, size))
    for j in range(size):
        width = 1e-5 * max(abs(theta[j]), 1e-3)
        up, down = np.array(theta), np.array(theta)
        up[j] += width
        down[j] -= width
        result[:, j] = (scores(up, *case).sum(axis=0) - scores(down, *case).sum(axis=0)) / (up[j] - down[j])
    return (result + result.T) / 2


def optimum(theta, *case) -> np.ndarray:
    for _ in range(30):
        gradient = scores(theta, *case).sum(axis=0)
        step = np.linalg.solve(hessian(theta, *case), gradient)
        theta = theta - step
        if gradient @ step > -1e-16:
            break
    return theta


def skewed_fall_share(eta: float, skew: float) -> float:
    """E z² 1(z < 0), by quadrature of arch's density."""
    from arch.univariate import SkewStudent

    density = lambda z: np.exp(SkewStudent().loglikelihood([eta, skew], np.array([z]), np.array([1.0]), individual=True)[0])
    inner = integrate.quad(lambda z: z * z * density(z), -20, 0, epsabs=1e-13, epsrel=1e-12, limit=400, points=[-5, -1, -0.3])[0]
    # The tail z < −20 by z = −1/u.
    return inner + integrate.quad(lambda u: density(-1 / u) / u**4, 0, 1 / 20, epsabs=1e-13, epsrel=1e-12, limit=400)[0]


def egarch_forecast(theta, next_log_variance: float) -> list[float]:
    """E σ² by quadrature over each shock: normal innovations."""
    omega, alpha, gamma, beta = theta
    daily, log_mean = [], 0.0
    for k in range(HORIZON):
        daily.append(np.exp(beta**k * next_log_variance + log_mean) / 1e4)
        b = beta**k
        shock = lambda z: np.exp(b * (alpha * (abs(z) - np.sqrt(2 / np.pi)) + gamma * z) - z * z / 2) / np.sqrt(2 * np.pi)
        mean = integrate.quad(shock, -12, 0, epsabs=1e-14, epsrel=1e-13)[0] + integrate.quad(shock, 0, 12, epsabs=1e-14, epsrel=1e-13)[0]
        log_mean += b * omega + np.log(mean)
    return daily


def fitted(x: np.ndarray, model: str, innovations: str, mean: str) -> dict:
    case = (x, model, innovations, mean)
    frame = model_of(*case)
    best = max(
        (frame.fit(disp="off", tol=1e-14, options={"maxiter": 2000}, starting_values=start) for start in (None,)),
        key=lambda fit: fit.loglikelihood,
    )
    again = frame.fit(disp="off", tol=1e-14, options={"maxiter": 2000}, starting_values=best.params.to_numpy())
    best = max(best, again, key=lambda fit: fit.loglikelihood)
    theta = optimum(best.params.to_numpy(), *case)
    fixed = frame.fix(theta)
    assert fixed.loglikelihood >= best.loglikelihood - 1e-9
    second = hessian(theta, *case)
    bread = np.linalg.inv(-second)
    assert (np.linalg.eigvalsh(-second) > 0).all()
    s = scores(theta, *case)
    covariance = bread @ (s.T @ s) @ bread
    names = [NAMES[name] for name in best.params.index]
    parameters = dict(zip(names, map(float, theta)))
    variances = (np.asarray(fixed.conditional_volatility) / 100) ** 2
    horizon = 1 if model == "egarch" else HORIZON
    daily = fixed.forecast(horizon=horizon, reindex=False).variance.to_numpy()[-1] / 1e4
    result = {
        "model": model,
        "innovations": innovations,
        "mean": mean,
        "archLogLikelihood": float(best.loglikelihood),
        "logLikelihood": float(fixed.loglikelihood),
        "parameters": parameters,
        "standardErrors": dict(zip(names, map(float, np.sqrt(np.diag(covariance))))),
        "variances": flat(variances[[0, 1, 2, 9, 99, 499, -2, -1]]),
        "forecast": flat(daily),
    }
    if innovations == "skewedT":
        result["fallShare"] = skewed_fall_share(parameters["degreesOfFreedom"], parameters["skew"])
    if model == "egarch" and innovations == "normal":
        result["forecast"] = flat(egarch_forecast(theta, float(np.log(daily[0] * 1e4))))
    return result


def main() -> None:
    warnings.simplefilter("ignore")
    frame = long_returns(DAYS)[SERIES]
    ewma = ZeroMean(100 * frame["SP500"].to_numpy(), volatility=EWMAVariance(0.94), rescale=False).fix([])
    write(
        "volatility/fixtures/garch.json",
        {
            "source": f"tools/replay/data, returns of the last {DAYS} days to {LAST_DAY}; see the terms there",
            "returns": {name: flat(frame[name]) for name in SERIES},
            "fits": [{"series": series, **fitted(frame[series].to_numpy(), *case)} for series, *case in CASES],
            "ewma": {
                "variances": flat((np.asarray(ewma.conditional_volatility)[[0, 1, 9, 499, 999]] / 100) ** 2),
                "next": float(ewma.forecast(horizon=1, reindex=False).variance.to_numpy()[-1, 0] / 1e4),
            },
        },
        1e-7,
    )


if __name__ == "__main__":
    main()
