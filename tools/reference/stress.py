"""Stress by other routes: regressions for conditional expectations, Clarabel for reverse stress, loops for episodes."""

import cvxpy as cp
import numpy as np

from common import flat, prices, share_returns, write
from contributions import gradient
from measures import weights

SHOCKS = {"AAPL": -0.1, "BBY": -0.05, "XOM": 0.02}


def conditional(sigma: np.ndarray, functionals: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, float]:
    """E[r | A r = s] with a Moore–Penrose inverse of A Σ Aᵀ."""
    inner = np.linalg.pinv(functionals @ sigma @ functionals.T, rcond=1e-12, hermitian=True)
    return sigma @ functionals.T @ inner @ values, float(np.sqrt(values @ inner @ values))


def by_regression(x: np.ndarray, shocked: list[int], values: np.ndarray) -> np.ndarray:
    """The same expectation as a least squares forecast: demeaned returns on demeaned returns of the shocked names."""
    centred = x - x.mean(axis=0)
    coefficients, *_ = np.linalg.lstsq(centred[:, shocked], centred, rcond=None)
    return values @ coefficients


def factor_form() -> dict:
    """Two factors (market and one fund relative to it) and the shares on them, written out as a joint covariance."""
    rng = np.random.default_rng(11)
    n, k = 8, 3
    exposures = np.round(rng.normal(0.5, 0.5, (n, k)), 6)
    root = rng.normal(0, 0.01, (k, k))
    factor = root @ root.T
    specific = np.round(rng.uniform(5e-5, 3e-4, n), 9)
    joint = np.block([[exposures @ factor @ exposures.T + np.diag(specific), exposures @ factor], [factor @ exposures.T, factor]])
    functionals = np.zeros((3, n + k))
    functionals[0, 2] = 1.0
    functionals[1, n + 1] = 1.0
    basket = np.round(rng.normal(0.2, 0.2, n), 6)
    functionals[2, :n] = basket
    values = np.array([-0.04, 0.03, -0.02])
    moved, distance = conditional(joint, functionals, values)
    return {
        "exposures": flat(exposures),
        "factorCovariance": flat(factor),
        "specificVariances": flat(specific),
        "basket": flat(basket),
        "values": flat(values),
        "returns": flat(moved[:n]),
        "factorReturns": flat(moved[n:]),
        "distance": distance,
    }


def reverse(sigma: np.ndarray, w: np.ndarray, loss: float, lower: float | None, upper: float | None, held: int) -> dict:
    """min |z| with r = L z, by a cone program."""
    root = np.linalg.cholesky(sigma)
    scale = loss / np.sqrt(w @ sigma @ w)
    z = cp.Variable(len(w))
    r = root @ z * scale
    constraints = [-w @ r / loss >= 1]
    if lower is not None:
        constraints += [r / scale >= lower / scale, r / scale <= upper / scale, r[held] / scale == 0]
    problem = cp.Problem(cp.Minimize(cp.sum_squares(z)), constraints)
    problem.solve(cp.CLARABEL, tol_gap_abs=1e-14, tol_gap_rel=1e-14, tol_feas=1e-14, tol_ktratio=1e-14)
    return {"returns": flat(root @ z.value * scale), "distance": float(np.sqrt(problem.value) * scale)}


def episode(path: np.ndarray, w: np.ndarray) -> dict:
    """Money in, money out: units bought at the first close and marked at every later one."""
    units = w / path[0]
    value = path @ units
    loss = value[0] - value
    drop = lambda h: np.array([value[t - h] - value[t] for t in range(h, len(value))])
    day, ten = drop(1), drop(10)
    return {
        "end": float(loss[-1]),
        "endByName": flat(-(path[-1] - path[0]) * units),
        "worstPoint": float(loss[1:].max()),
        "worstPointDay": int(loss[1:].argmax() + 1),
        "worstDay": float(day.max()),
        "worstDayTo": int(day.argmax() + 1),
        "worstTenDays": float(ten.max()),
        "worstTenDaysTo": int(ten.argmax() + 10),
    }


def main() -> None:
    shares, _ = prices()
    names = [name for name in shares.columns if name != "SP500"]
    x = share_returns()
    w = weights()
    sigma = np.cov(x, rowvar=False, ddof=1)
    shocked = [names.index(name) for name in SHOCKS]
    values = np.array(list(SHOCKS.values()))
    functionals = np.eye(len(names))[shocked]
    moved, distance = conditional(sigma, functionals, values)
    assert np.allclose(moved, by_regression(x, shocked, values), rtol=1e-10, atol=0)
    market = np.full((1, len(names)), 1 / len(names))
    with_market, market_distance = conditional(sigma, market, np.array([-0.05]))
    deviation = lambda v: np.sqrt(v @ sigma @ v)
    sizes = np.sqrt(np.diag(sigma))
    correlation = sigma / np.outer(sizes, sizes)
    by_size = lambda s: np.sqrt((w * s) @ correlation @ (w * s))
    shifted = lambda rho: (w * sizes) @ (correlation + rho[0] * (1 - np.eye(len(w)))) @ (w * sizes)
    write(
        "stress/fixtures/stress.json",
        {
            "shocks": SHOCKS,
            "conditional": {"returns": flat(moved), "distance": distance},
            "market": {"returns": flat(with_market), "distance": market_distance},
            "factorForm": factor_form(),
            "reverse": reverse(sigma, w, 0.05, None, None, 0),
            "reverseBounded": {"lower": -0.055, "upper": 0.005, "held": 4, **reverse(sigma, w, 0.05, -0.055, 0.005, 4)},
            "episode": episode(shares[names].to_numpy()[380:], w),
            "episodeFrom": 380,
            "sensitivityToVolatility": flat(gradient(by_size, sizes, 1e-4)),
            "sensitivityToCorrelation": float(gradient(lambda rho: np.sqrt(shifted(rho)), np.zeros(1), 1e-3)[0]),
        },
    )


if __name__ == "__main__":
    main()
