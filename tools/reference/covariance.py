"""Covariance estimators."""

import cvxpy as cp
import numpy as np
import pandas as pd
from pypfopt.risk_models import CovarianceShrinkage
from sklearn.covariance import LedoitWolf

from common import flat, share_returns, write

HALF_LIFE = 33.0


def ewma(x: np.ndarray) -> np.ndarray:
    """pandas' own exponentially weighted mean of the products of returns: zero mean, weights normalised."""
    n = x.shape[1]
    result = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            products = pd.Series(x[:, i] * x[:, j])
            result[i, j] = products.ewm(halflife=HALF_LIFE, adjust=True).mean().iloc[-1]
    return result


def indefinite(n: int = 8) -> np.ndarray:
    """A seeded matrix of pairwise correlations that no joint distribution has, as a covariance."""
    rng = np.random.default_rng(20181231)
    c = rng.uniform(-0.9, 0.9, (n, n))
    c = (c + c.T) / 2
    np.fill_diagonal(c, 1.0)
    deviations = np.linspace(0.005, 0.03, n)
    return c * np.outer(deviations, deviations)


def nearest_correlation(c: np.ndarray) -> np.ndarray:
    n = c.shape[0]
    x = cp.Variable((n, n), PSD=True)
    problem = cp.Problem(cp.Minimize(cp.sum_squares(x - c)), [cp.diag(x) == 1])
    problem.solve(solver=cp.CLARABEL, tol_gap_abs=1e-13, tol_gap_rel=1e-13, tol_feas=1e-13)
    return x.value


def main() -> None:
    x = share_returns()
    centred = x - x.mean(axis=0)
    identity = LedoitWolf(assume_centered=True).fit(centred)
    constant = CovarianceShrinkage(pd.DataFrame(x), returns_data=True, frequency=1)
    # PyPortfolioOpt starts from the ddof 1 covariance; as published it is the demeaned one over T.
    constant.S = np.cov(x, rowvar=False, ddof=0)
    constant_correlation = constant.ledoit_wolf("constant_correlation").to_numpy()
    matrix = indefinite()
    deviations = np.sqrt(np.diag(matrix))
    outer = np.outer(deviations, deviations)
    sample = np.cov(x, rowvar=False, ddof=1)
    write(
        "covariance/fixtures/covariance.json",
        {
            "sample": flat(sample),
            "conditionNumber": float(np.linalg.cond(sample)),
            "halfLifeDays": HALF_LIFE,
            "ewma": flat(ewma(x)),
            "ledoitWolfIdentity": {"covariance": flat(identity.covariance_), "shrinkage": float(identity.shrinkage_)},
            "ledoitWolfConstantCorrelation": {
                "covariance": flat(constant_correlation),
                "shrinkage": float(constant.delta),
            },
            "nearest": {
                "size": matrix.shape[0],
                "given": flat(matrix),
                "smallestEigenvalue": float(np.linalg.eigvalsh(matrix)[0]),
                "repaired": flat(nearest_correlation(matrix / outer) * outer),
            },
        },
    )


if __name__ == "__main__":
    main()
