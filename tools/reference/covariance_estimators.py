"""Covariance estimators beyond the first ones, each by another library or by another route."""

import cvxpy as cp
import numpy as np
import pandas as pd
from pypfopt.risk_models import CovarianceShrinkage, semicovariance
from scipy.integrate import quad
from skfolio.moments import DetoneCovariance, GerberCovariance, RegimeAdjustedEWCovariance
from skfolio.moments.covariance import RegimeAdjustmentMethod, RegimeAdjustmentTarget
from sklearn.covariance import OAS
from statsmodels.stats.sandwich_covariance import S_hac_simple

from common import flat, returns, share_returns, write

HALF_LIFE = 33.0
LAGS = 5
WIDE_DAYS = 15
POET_FACTORS = 2


def ewma_demeaned(x: np.ndarray) -> np.ndarray:
    n = x.shape[1]
    return pd.DataFrame(x).ewm(halflife=HALF_LIFE).cov(bias=True).to_numpy()[-n:]


def single_factor(x: np.ndarray, factor: np.ndarray) -> tuple[np.ndarray, float]:
    """As published, with every fourth moment as a matrix of its own: Ledoit and Wolf (2003), their covMarket."""
    t, n = x.shape
    x = x - x.mean(axis=0)
    m = factor - factor.mean()
    sample = x.T @ x / t
    b = x.T @ m / t
    v = m @ m / t
    target = np.outer(b, b) / v
    np.fill_diagonal(target, np.diag(sample))
    c = np.sum((sample - target) ** 2)
    y = x**2
    p = np.sum(y.T @ y) / t - np.sum(sample**2)
    r_diagonal = np.sum(y**2) / t - np.sum(np.diag(sample) ** 2)
    z = x * m[:, None]
    v1 = y.T @ z / t - b[:, None] * sample
    r_off1 = np.sum(v1 * b[None, :]) / v - np.sum(np.diag(v1) * b) / v
    v3 = z.T @ z / t - v * sample
    r_off3 = np.sum(v3 * np.outer(b, b)) / v**2 - np.sum(np.diag(v3) * b**2) / v**2
    k = (p - (r_diagonal + 2 * r_off1 - r_off3)) / c
    shrinkage = max(0.0, min(1.0, k / t))
    return shrinkage * target + (1 - shrinkage) * sample, shrinkage


def nonlinear(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ledoit and Wolf (2020), the Hilbert transform of the kernel by numerical integration instead of its closed form."""
    t, n = x.shape
    effective = t - 1
    centred = x - x.mean(axis=0)
    eigenvalues, vectors = np.linalg.eigh(centred.T @ centred / effective)
    given = eigenvalues[max(0, n - effective):]
    h = effective ** (-1 / 3)
    root = np.sqrt(5)

    def kernel(u: float) -> float:
        return 0.75 / root * max(0.0, 1 - u * u / 5)

    def hilbert(at: float) -> float:
        # H(x) = (1/π) p.v. ∫ k(u) / (u − x) du
        if abs(at) < root:
            value, _ = quad(kernel, -root, root, weight="cauchy", wvar=at, epsabs=1e-13, epsrel=1e-13, limit=500)
        else:
            value, _ = quad(lambda u: kernel(u) / (u - at), -root, root, epsabs=1e-13, epsrel=1e-13, limit=500)
        return value / np.pi

    c = n / effective
    shrunk = np.empty(n)
    for index, value in enumerate(given):
        points = (value - given) / (h * given)
        density = np.mean([kernel(point) / (h * other) for point, other in zip(points, given)])
        transform = np.mean([hilbert(point) / (h * other) for point, other in zip(points, given)])
        if n <= effective:
            shrunk[index] = value / ((np.pi * c * value * density) ** 2 + (1 - c - np.pi * c * value * transform) ** 2)
        else:
            shrunk[n - effective + index] = 1 / (np.pi**2 * value * (density**2 + transform**2))
    if n > effective:
        # The transform at 0, one kernel for each eigenvalue.
        zero = np.mean([hilbert(-1 / h) / (h * other) for other in given])
        shrunk[: n - effective] = 1 / (np.pi * (n - effective) / effective * zero)
    return shrunk, vectors @ np.diag(shrunk) @ vectors.T


def denoised(x: np.ndarray) -> tuple[np.ndarray, int, float]:
    t, n = x.shape
    correlation = np.corrcoef(x, rowvar=False)
    values, vectors = np.linalg.eigh(correlation)
    noise = n
    while True:
        edge = values[:noise].mean() * (1 + np.sqrt(n / t)) ** 2
        count = max(1, int(np.searchsorted(values[:noise], edge, side="right")))
        if count == noise:
            break
        noise = count
    values[:noise] = values[:noise].mean()
    cleaned = vectors * values @ vectors.T
    deviations = np.sqrt(np.diag(cleaned))
    cleaned = cleaned / np.outer(deviations, deviations)
    volatilities = x.std(axis=0, ddof=1)
    return cleaned * np.outer(volatilities, volatilities), n - noise, float(edge)


def poet(x: np.ndarray, factors: int, c: float = 0.5) -> np.ndarray:
    t, n = x.shape
    x = x - x.mean(axis=0)
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    common = (u[:, :factors] * s[:factors]) @ vt[:factors]
    rest = x - common
    covariance = rest.T @ rest / t
    # θ_ij as the mean squared deviation of each day's product.
    products = rest[:, :, None] * rest[:, None, :]
    theta = np.mean((products - covariance) ** 2, axis=0)
    threshold = c * np.sqrt(theta) * (1 / np.sqrt(n) + np.sqrt(np.log(n) / t))
    soft = np.sign(covariance) * np.maximum(np.abs(covariance) - threshold, 0)
    np.fill_diagonal(soft, np.diag(covariance))
    return common.T @ common / t + soft


def with_gaps(x: np.ndarray, share: float, seed: int) -> np.ndarray:
    gaps = np.random.default_rng(seed).uniform(size=x.shape) < share
    return np.where(gaps, np.nan, x)


def nearest(matrix: np.ndarray) -> np.ndarray:
    deviations = np.sqrt(np.diag(matrix))
    correlation = matrix / np.outer(deviations, deviations)
    x = cp.Variable(matrix.shape, PSD=True)
    problem = cp.Problem(cp.Minimize(cp.sum_squares(x - correlation)), [cp.diag(x) == 1])
    problem.solve(solver=cp.CLARABEL, tol_gap_abs=1e-13, tol_gap_rel=1e-13, tol_feas=1e-13)
    return x.value * np.outer(deviations, deviations)


def missing(values: np.ndarray) -> list[int]:
    """Where the gaps are, row by row: the rest are the sample's returns."""
    return [int(at) for at in np.flatnonzero(np.isnan(values.ravel()))]


def main() -> None:
    x = share_returns()
    market = returns()[0]["SP500"].to_numpy()
    centred = x - x.mean(axis=0)
    single = CovarianceShrinkage(pd.DataFrame(x), returns_data=True, frequency=1)
    single_covariance = single.ledoit_wolf("single_factor").to_numpy()
    market_covariance, market_shrinkage = single_factor(x, market)
    oas = OAS(assume_centered=True).fit(centred)
    oas_wide = OAS(assume_centered=True).fit(x[:WIDE_DAYS] - x[:WIDE_DAYS].mean(axis=0))
    eigenvalues, nonlinear_covariance = nonlinear(x)
    wide_eigenvalues, wide_covariance = nonlinear(x[:WIDE_DAYS])
    denoised_covariance, signals, edge = denoised(x)
    regime = RegimeAdjustedEWCovariance(
        half_life=HALF_LIFE,
        regime_half_life=10,
        regime_target=RegimeAdjustmentTarget.DIAGONAL,
        regime_method=RegimeAdjustmentMethod.RMS,
        regime_multiplier_clip=None,
        nearest=False,
    ).fit(x)
    gaps = with_gaps(x, 0.1, 1)
    contradictory = with_gaps(x[:12, :8], 0.35, 7)
    pairs = pd.DataFrame(contradictory).cov().to_numpy()
    write(
        "covariance/fixtures/estimators.json",
        {
            "halfLifeDays": HALF_LIFE,
            "ewmaDemeaned": flat(ewma_demeaned(x)),
            "singleFactor": {"covariance": flat(single_covariance), "shrinkage": float(single.delta)},
            "singleFactorOnMarket": {"covariance": flat(market_covariance), "shrinkage": float(market_shrinkage)},
            "oas": {"covariance": flat(oas.covariance_), "shrinkage": float(oas.shrinkage_)},
            "wideDays": WIDE_DAYS,
            "oasWide": {"covariance": flat(oas_wide.covariance_), "shrinkage": float(oas_wide.shrinkage_)},
            "nonlinear": {"eigenvalues": flat(eigenvalues), "covariance": flat(nonlinear_covariance)},
            "nonlinearWide": {"eigenvalues": flat(wide_eigenvalues), "covariance": flat(wide_covariance)},
            "denoised": {"covariance": flat(denoised_covariance), "signals": signals, "edge": edge},
            "semi": {
                "benchmark": 0.0002,
                "covariance": flat(
                    semicovariance(pd.DataFrame(x), returns_data=True, benchmark=0.0002, frequency=1).to_numpy()
                ),
            },
            "neweyWest": {"lags": LAGS, "covariance": flat(S_hac_simple(centred, nlags=LAGS) / len(x))},
            "regime": {
                "regimeHalfLifeDays": 10,
                "covariance": flat(regime.covariance_),
                "multiplier": float(regime.regime_multiplier_),
            },
            # skfolio calls the variant over the diagonal the one that is not `psd_variant`; it is positive semi-definite.
            "gerber": flat(GerberCovariance(threshold=0.5, psd_variant=False, nearest=False).fit(x).covariance_),
            "detoned": flat(DetoneCovariance(n_markets=1, nearest=False).fit(x).covariance_),
            "poet": {"factors": POET_FACTORS, "covariance": flat(poet(x, POET_FACTORS))},
            "pairwise": {
                "days": len(x),
                "assets": gaps.shape[1],
                "missing": missing(gaps),
                "covariance": flat(pd.DataFrame(gaps).cov().to_numpy()),
            },
            "contradictory": {
                "days": len(contradictory),
                "assets": contradictory.shape[1],
                "missing": missing(contradictory),
                "smallestEigenvalue": float(np.linalg.eigvalsh(pairs)[0]),
                "repaired": flat(nearest(pairs)),
            },
        },
        # A semi-definite program: what Clarabel leaves open.
        loose={"repaired": 1e-5},
    )


if __name__ == "__main__":
    main()
