"""Views and shrunk means on the 20 shares: Black-Litterman, entropy pooling, James-Stein and its like."""

import warnings

import cvxpy as cp
import numpy as np
import pandas as pd
from pypfopt import BlackLittermanModel
from pypfopt.black_litterman import market_implied_prior_returns
from scipy.optimize import minimize
from sklearn.covariance import LedoitWolf
from skfolio.moments import ShrunkMu, ShrunkMuMethods
from skfolio.prior import EntropyPooling

from common import flat, share_returns, write

warnings.filterwarnings("ignore")
TIGHT = {"solver": cp.CLARABEL, "tol_gap_abs": 1e-13, "tol_gap_rel": 1e-13, "tol_feas": 1e-13, "max_iter": 400}


def pooled(rows: np.ndarray, bounds: np.ndarray, one_sided: list[bool]) -> np.ndarray:
    """The dual by SciPy's L-BFGS-B from Clarabel's multipliers, then Newton steps on the views that bind."""
    t_count = rows.shape[1]
    size = rows.std(axis=1)
    x = (rows - bounds[:, None]) / size[:, None]

    def dual(multipliers):
        exponent = -multipliers @ x - np.log(t_count)
        largest = exponent.max()
        raw = np.exp(exponent - largest)
        p = raw / raw.sum()
        return largest + np.log(raw.sum()), -(x @ p)

    limits = [(0, None) if one else (None, None) for one in one_sided]
    found = minimize(dual, np.zeros(len(rows)), jac=True, method="L-BFGS-B", bounds=limits, options={"ftol": 1e-16, "gtol": 1e-13, "maxiter": 10000})
    multipliers = found.x
    for _ in range(20):
        exponent = -multipliers @ x
        p = np.exp(exponent - exponent.max())
        p /= p.sum()
        free = [k for k in range(len(rows)) if not one_sided[k] or multipliers[k] > 0]
        gradient = -(x @ p)[free]
        hessian = (x[free] * p) @ x[free].T - np.outer(gradient, gradient)
        multipliers[free] -= np.linalg.solve(hessian, gradient)
    return p


def main() -> None:
    x = share_returns()
    t_count, n = x.shape
    sigma = LedoitWolf().fit(x).covariance_
    names = [f"A{i:02d}" for i in range(n)]
    frame = pd.DataFrame(sigma, index=names, columns=names)
    market = np.linspace(1, 3, n) / np.linspace(1, 3, n).sum()
    prior = market_implied_prior_returns(pd.Series(market, index=names), 2.5, frame)
    picks = np.zeros((3, n))
    picks[0, 0] = 1
    picks[1, [2, 5]] = 1, -1
    picks[2, 10:14] = 0.25
    values = np.array([8e-4, 2e-4, -1e-4])
    default = BlackLittermanModel(frame, pi=prior, Q=values, P=picks)
    confident = BlackLittermanModel(
        frame, pi=prior, Q=values, P=picks, omega="idzorek", view_confidences=[0.9, 0.5, 0.2], tau=0.1
    )

    pools = {
        "means": pooled(picks @ x.T, np.array([8e-4, 2e-4, -1e-4]), [False, False, False]),
        "oneSided": pooled(np.vstack([-x[:, 0], x[:, 5]]), np.array([-1.5e-3, 5e-3]), [True, True]),
        "moments": pooled(np.vstack([x[:, 3], x[:, 3] ** 2]), np.array([0.0, 2 * np.mean(x[:, 3] ** 2)]), [False, False]),
    }
    # skfolio's own, on the views it has a grammar for.
    skfolio = EntropyPooling(mean_views=["A00 == 0.0008", "A02 - A05 == 0.0002"]).fit(pd.DataFrame(x, columns=names))
    two = pooled(picks[:2] @ x.T, values[:2], [False, False])

    shrunk = {}
    for method in ShrunkMuMethods:
        for weighted in (False, True):
            fitted = ShrunkMu(method=method, vol_weighted_target=weighted).fit(x)
            shrunk[f"{method.value}{'Weighted' if weighted else ''}"] = {
                "means": flat(fitted.mu_),
                "alpha": float(fitted.alpha_),
                "beta": float(fitted.beta_),
            }
    write(
        "views/fixtures/views.json",
        {
            "market": flat(market),
            "prior": flat(prior),
            "picks": flat(picks),
            "values": flat(values),
            "returns": flat(default.bl_returns()),
            "covariance": flat(default.bl_cov()),
            "confidentReturns": flat(confident.bl_returns()),
            "confidentVariances": flat(np.diag(confident.omega)),
            "pools": {name: flat(p) for name, p in pools.items()},
            "twoMeans": flat(two),
            "twoMeansSkfolio": flat(skfolio.return_distribution_.sample_weight),
            "shrunk": shrunk,
        },
    )


if __name__ == "__main__":
    main()
