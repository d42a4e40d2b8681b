"""Allocations on the Ledoit-Wolf (identity) covariance of the 20 shares."""

import warnings

import cvxpy as cp
import numpy as np
from scipy.optimize import brentq, root
from sklearn.covariance import LedoitWolf

from common import flat, returns, share_returns, write

TIGHT = {"solver": cp.CLARABEL, "tol_gap_abs": 1e-13, "tol_gap_rel": 1e-13, "tol_feas": 1e-13}
warnings.filterwarnings("ignore")


def polished(sigma: np.ndarray, budgets: np.ndarray, linear: np.ndarray | None = None, lam: float = 1.0) -> np.ndarray:
    """y with y (Σy + q) = λ b, by SciPy's root on logarithms."""
    q = np.zeros(len(budgets)) if linear is None else linear
    scale = np.sqrt(np.diag(sigma))

    def system(z):
        y = np.exp(z) / scale
        return (y * (sigma @ y + q) - lam * budgets) / lam

    # Clarabel comes close from anywhere; root then goes on to the last digits.
    unit = np.trace(sigma) / len(sigma)
    factor = np.linalg.cholesky(sigma / unit)
    w = cp.Variable(len(budgets))
    size = np.sqrt(lam / unit)
    objective = cp.sum_squares(factor.T @ w) / 2 + (q / unit / size) @ w - budgets @ cp.log(w)
    cp.Problem(cp.Minimize(objective)).solve(**TIGHT)
    solution = root(system, np.log(w.value * size * scale), method="hybr", tol=1e-15)
    assert np.abs(solution.fun).max() < 1e-12, solution.message
    return np.exp(solution.x) / scale


def constrained(sigma: np.ndarray, budgets: np.ndarray, build) -> tuple[np.ndarray, float]:
    """Richard-Roncalli: min 1/2 w'Sw - lambda sum b ln w over the set, lambda so that the weights sum to 1."""
    unit = np.trace(sigma) / len(sigma)
    factor = np.linalg.cholesky(sigma / unit)

    def solve(log_lambda: float) -> np.ndarray:
        w = cp.Variable(len(sigma))
        objective = cp.sum_squares(factor.T @ w) / 2 - np.exp(log_lambda) * (budgets @ cp.log(w))
        cp.Problem(cp.Minimize(objective), build(w)).solve(**TIGHT)
        return w.value

    log_lambda = brentq(lambda value: solve(value).sum() - 1, -8, 2, xtol=1e-13)
    w = solve(log_lambda)
    return w, float(np.exp(log_lambda) * unit)


def nearest(target: np.ndarray, build) -> np.ndarray:
    w = cp.Variable(len(target))
    cp.Problem(cp.Minimize(cp.sum_squares(w - target)), [cp.sum(w) == target.sum(), *build(w)]).solve(**TIGHT)
    return w.value


def main() -> None:
    x = share_returns()
    n = x.shape[1]
    sigma = LedoitWolf().fit(x).covariance_
    equal = np.full(n, 1 / n)
    shares = np.arange(1, n + 1) / (n * (n + 1) / 2)
    signs = np.where(np.arange(n) % 4 == 3, -1.0, 1.0)

    erc = polished(sigma, equal)
    custom = polished(sigma, shares)
    short = signs * polished(sigma * np.outer(signs, signs), equal)

    groups = [list(range(0, 7)), list(range(5, 12))]
    cap = 0.055
    box, box_lambda = constrained(sigma, equal, lambda w: [w <= cap])
    grouped, group_lambda = constrained(
        sigma,
        equal,
        lambda w: [cp.sum(w[groups[0]]) <= 0.25, cp.sum(w[groups[1]]) >= 0.4, cp.sum(w[groups[1]]) <= 0.45, w <= 0.09],
    )

    members = [list(range(0, 6)), list(range(6, 13)), list(range(13, 20))]
    composite = np.zeros((n, 3))
    for column, member in enumerate(members):
        composite[member, column] = 1 / len(member)
    by_group = polished(composite.T @ sigma @ composite, np.array([0.5, 0.3, 0.2]))
    by_group /= by_group.sum()

    market = returns()[0]["SP500"].to_numpy()
    covariances = np.array([np.cov(x[:, i], market, ddof=1)[0, 1] for i in range(n)])
    active = lambda value: polished(sigma, equal, -covariances, np.exp(value))
    log_lambda = brentq(lambda value: active(value).sum() - 1, np.log(1e-8), np.log(1e-2), xtol=1e-15)
    against_series = active(log_lambda)

    inverse = 1 / np.sqrt(np.diag(sigma))
    inverse /= inverse.sum()
    projected = nearest(inverse, lambda w: [w <= 0.06, w >= 0, cp.sum(w[groups[0]]) <= 0.3])

    from skfolio.optimization import RiskBudgeting
    from skfolio.prior import EmpiricalPrior
    from skfolio.moments import LedoitWolf as SkfolioLedoitWolf
    from skfolio import RiskMeasure

    other = RiskBudgeting(
        risk_measure=RiskMeasure.VARIANCE,
        prior_estimator=EmpiricalPrior(covariance_estimator=SkfolioLedoitWolf()),
        solver="CLARABEL",
        solver_params={name: value for name, value in TIGHT.items() if name != "solver"},
    ).fit(x)

    write(
        "allocation/fixtures/allocation.json",
        {
            "covariance": flat(sigma),
            "riskParity": flat(erc / erc.sum()),
            "riskParitySkfolio": flat(other.weights_),
            "shares": flat(shares),
            "customShares": flat(custom / custom.sum()),
            "signs": flat(signs),
            "longShortGross": 1.5,
            "longShort": flat(short / np.abs(short).sum() * 1.5),
            "box": {"upper": cap, "weights": flat(box), "lambda": box_lambda},
            "groups": {"members": groups, "weights": flat(grouped), "lambda": group_lambda},
            "byGroup": {"members": members, "shares": [0.5, 0.3, 0.2], "groupWeights": flat(by_group)},
            "series": {
                "covariances": flat(covariances),
                "variance": float(np.var(market, ddof=1)),
                "weights": flat(against_series),
            },
            "inverseVolatility": flat(inverse),
            "inverseVolatilityProjected": flat(projected),
        },
        loose={"riskParitySkfolio": 1e-5},
    )


if __name__ == "__main__":
    main()
