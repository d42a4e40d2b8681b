"""Optimisations on the Ledoit-Wolf covariance and the returns of the 20 shares."""

import warnings

import cvxpy as cp
import numpy as np
from pypfopt import EfficientCVaR, EfficientFrontier
from scipy.optimize import brentq, linprog
from sklearn.covariance import LedoitWolf

from common import flat, share_returns, write

TIGHT = {"solver": cp.CLARABEL, "tol_gap_abs": 1e-13, "tol_gap_rel": 1e-13, "tol_feas": 1e-13, "max_iter": 400}
HIGHS = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
warnings.filterwarnings("ignore")


class Problem:
    """Everything in units in which variances are about 1, so that Clarabel's absolute tolerances mean something."""

    def __init__(self, sigma: np.ndarray, mu: np.ndarray):
        self.n = len(mu)
        self.mu = mu
        self.sigma = sigma
        self.unit = np.trace(sigma) / self.n
        self.factor = np.linalg.cholesky(sigma / self.unit)

    def variance(self, w):
        return cp.sum_squares(self.factor.T @ w)

    def minimise(self, build, objective=None, net=1.0, long=True) -> np.ndarray:
        w = cp.Variable(self.n)
        constraints = list(build(w))
        if net is not None:
            constraints.append(cp.sum(w) == net)
        if long:
            constraints.append(w >= 0)
        cp.Problem(cp.Minimize((objective or self.variance)(w)), constraints).solve(**TIGHT)
        return w.value

    def utility(self, aversion: float, costs=None):
        def objective(w):
            value = aversion / 2 * self.variance(w) - (self.mu / self.unit) @ w
            if costs is not None:
                trade = w - costs["from"]
                value += (costs["linear"] / self.unit) @ cp.abs(trade)
                value += (costs["quadratic"] / self.unit) @ cp.square(trade)
            return value

        return objective

    def ratio(self, reward: np.ndarray, build, base=0.0) -> np.ndarray:
        """max (c'w - r) / sqrt(w'Sw) with w = y / k."""
        y, k = cp.Variable(self.n), cp.Variable()
        size = np.abs(reward).max()
        constraints = [(reward / size) @ y - base / size * k == 1, cp.sum(y) == k, y >= 0, k >= 0, *build(y, k)]
        cp.Problem(cp.Minimize(self.variance(y)), constraints).solve(**TIGHT)
        return y.value / k.value

    def ball(self, w, limit_annual: float, centre=0.0):
        return cp.norm(self.factor.T @ (w - centre)) <= limit_annual / np.sqrt(252 * self.unit)


def robust(problem: Problem, omega: np.ndarray, kappa: float, aversion: float, build) -> np.ndarray:
    """max mu'w - kappa |Omega^1/2 w| - aversion/2 w'Sw, in units in which variances are about 1."""
    w = cp.Variable(problem.n)
    root = np.linalg.cholesky(omega / problem.unit)
    worst = kappa / np.sqrt(problem.unit) * cp.norm(root.T @ w)
    objective = problem.utility(aversion)(w) + worst
    cp.Problem(cp.Minimize(objective), [cp.sum(w) == 1, w >= 0, *build(w)]).solve(**TIGHT)
    return w.value


def shortfall_program(x: np.ndarray, confidence: float, linear=None, ret=None, upper=1.0, groups=()) -> tuple[np.ndarray, float]:
    """Rockafellar-Uryasev by HiGHS: variables w, t, u."""
    t_count, n = x.shape
    share = 1 / ((1 - confidence) * t_count)
    cost = np.concatenate([np.zeros(n) if linear is None else linear, [1], np.full(t_count, share)])
    above = [np.hstack([-x, -np.ones((t_count, 1)), -np.eye(t_count)])]
    limits = [np.zeros(t_count)]
    for row, limit in groups:
        above.append(np.concatenate([row, np.zeros(1 + t_count)])[None, :])
        limits.append([limit])
    if ret is not None:
        above.append(np.concatenate([-ret[0], np.zeros(1 + t_count)])[None, :])
        limits.append([-ret[1]])
    equal = np.concatenate([np.ones(n), np.zeros(1 + t_count)])[None, :]
    bounds = [(0, upper)] * n + [(None, None)] + [(0, None)] * t_count
    result = linprog(
        cost, np.vstack(above), np.concatenate(limits), equal, [1], bounds, method="highs-ds", options=HIGHS
    )
    assert result.status == 0
    return result.x[:n], float(result.fun)


def shortfall_cone(problem: Problem, x: np.ndarray, build, objective, confidence: float = 0.95) -> np.ndarray:
    """An objective of the weights and their expected shortfall, all in returns' own size, by Clarabel."""
    t_count, n = x.shape
    size = np.sqrt(np.mean(x**2))
    w, t, u = cp.Variable(n), cp.Variable(), cp.Variable(t_count, nonneg=True)
    shortfall = t + cp.sum(u) / ((1 - confidence) * t_count)
    constraints = [u >= -(x / size) @ w - t, cp.sum(w) == 1, w >= 0, *build(w, shortfall * size)]
    cp.Problem(cp.Minimize(objective(w, shortfall)), constraints).solve(**TIGHT)
    return w.value


def minimum_entropic(x: np.ndarray, build, confidence: float = 0.95) -> np.ndarray:
    """min t - z ln((1 - c) T) with sum of z exp((L - t) / z) at most z, exponential cones by Clarabel."""
    t_count, n = x.shape
    size = np.sqrt(np.mean(x**2))
    w, t, z, u = cp.Variable(n), cp.Variable(), cp.Variable(nonneg=True), cp.Variable(t_count)
    cones = cp.constraints.ExpCone(-(x / size) @ w - t, z * np.ones(t_count), u)
    objective = t - z * np.log((1 - confidence) * t_count)
    cp.Problem(cp.Minimize(objective), [cones, cp.sum(u) <= z, cp.sum(w) == 1, w >= 0, *build(w)]).solve(**TIGHT)
    return w.value


def expected_shortfall(x: np.ndarray, w: np.ndarray, confidence: float = 0.95) -> float:
    losses = np.sort(-x @ w)[::-1]
    mass = (1 - confidence) * len(losses)
    whole = int(np.floor(mass + 1e-9))
    return float((losses[:whole].sum() + (mass - whole) * losses[whole]) / mass)


def shortfall_budgets(x: np.ndarray, confidence: float, budgets: np.ndarray) -> np.ndarray:
    t_count, n = x.shape
    size = np.sqrt(np.mean(x**2))
    w, t, u = cp.Variable(n), cp.Variable(), cp.Variable(t_count, nonneg=True)
    share = 1 / ((1 - confidence) * t_count)
    objective = t + share * cp.sum(u) - budgets @ cp.log(w)
    cp.Problem(cp.Minimize(objective), [u >= -(x / size) @ w - t]).solve(**TIGHT)
    return w.value / w.value.sum()


def semi_deviation_budgets(x: np.ndarray, budgets: np.ndarray) -> np.ndarray:
    losses = -(x - x.mean(axis=0)) / np.sqrt(np.mean(x**2))
    w = cp.Variable(x.shape[1])
    objective = cp.norm(cp.pos(losses @ w)) / np.sqrt(len(x)) - budgets @ cp.log(w)
    cp.Problem(cp.Minimize(objective)).solve(**TIGHT)
    return w.value / w.value.sum()


def constrained_budgets(x: np.ndarray, budgets: np.ndarray, build, confidence: float | None = None) -> np.ndarray:
    """min R(w) - lambda sum b ln w over the set, lambda so that the weights sum to 1; R is expected shortfall at a
    confidence, or the semi-deviation below the mean."""
    t_count, n = x.shape
    size = np.sqrt(np.mean(x**2))
    lam = cp.Parameter(nonneg=True)
    w, t, u = cp.Variable(n), cp.Variable(), cp.Variable(t_count, nonneg=True)
    if confidence is None:
        constraints = []
        risk = cp.norm(cp.pos(-((x - x.mean(axis=0)) / size) @ w)) / np.sqrt(t_count)
    else:
        constraints = [u >= -(x / size) @ w - t]
        risk = t + cp.sum(u) / ((1 - confidence) * t_count)
    problem = cp.Problem(cp.Minimize(risk - lam * (budgets @ cp.log(w))), [*constraints, *build(w)])

    def excess(log_lambda: float) -> float:
        lam.value = np.exp(log_lambda)
        problem.solve(**TIGHT)
        return w.value.sum() - 1

    brentq(excess, -3, 2, xtol=1e-12)
    return w.value


def main() -> None:
    x = share_returns()
    n = x.shape[1]
    sigma = LedoitWolf().fit(x).covariance_
    mu = x.mean(axis=0)
    problem = Problem(sigma, mu)
    equal = np.full(n, 1 / n)
    first, second = np.zeros(n), np.zeros(n)
    first[:7], second[5:12] = 1, 1
    none = lambda w: []
    costs = {"from": equal, "linear": np.linspace(1e-5, 3e-4, n), "quadratic": np.linspace(1e-5, 2e-4, n)}
    every = lambda w: [
        first @ w >= 0.3,
        second @ w <= 0.35,
        w <= 0.2,
        cp.norm1(w - equal) <= 0.5,
        problem.ball(w, 0.03, equal),
        mu @ w >= 0.0004,
    ]
    grouped = lambda w: [first @ w <= 0.25, second @ w >= 0.4, second @ w <= 0.45, w <= 0.09]
    lowest = problem.minimise(none)
    target = float(mu @ lowest + 0.5 * (mu.max() - mu @ lowest))

    frontier = EfficientFrontier(None, sigma, solver="CLARABEL", solver_options={k: v for k, v in TIGHT.items() if k != "solver"})
    pypfopt = frontier.min_volatility()
    cvar = EfficientCVaR(None, x, beta=0.95, solver="CLARABEL", solver_options={k: v for k, v in TIGHT.items() if k != "solver"})
    cvar_weights = list(cvar.min_cvar().values())

    es_group = [(second, 0.3)]
    es = {name: shortfall_program(x, **options) for name, options in {
        "minimum": {"confidence": 0.95},
        "fraction": {"confidence": 0.975},
        "capped": {"confidence": 0.95, "upper": 0.12, "groups": es_group},
        "mean": {"confidence": 0.95, "linear": -mu / 0.05},
        "return": {"confidence": 0.95, "ret": (mu, target)},
    }.items()}
    size = np.sqrt(np.mean(x**2))
    sample = Problem(np.cov(x, rowvar=False), mu)
    only = lambda w, shortfall: shortfall
    paid = lambda w, shortfall: (
        0.2 * shortfall
        + (costs["linear"] @ cp.abs(w - equal) + costs["quadratic"] @ cp.square(w - equal) - mu @ w) / size
    )
    limit = 1.1 * es["minimum"][1]
    axes = np.linspace(0.5, 1.5, n)
    cones = {
        "trackingError": shortfall_cone(sample, x, lambda w, s: [sample.ball(w, 0.02, equal)], only),
        "volatility": shortfall_cone(
            sample, x, lambda w, s: [sample.ball(w, 0.12)], lambda w, s: 0.05 * s - (mu / size) @ w
        ),
        "ellipsoid": shortfall_cone(
            sample, x, lambda w, s: [cp.sum_squares(cp.multiply(np.sqrt(axes), w - equal)) <= 0.02], only
        ),
        "costs": shortfall_cone(sample, x, lambda w, s: [], paid),
        "limited": shortfall_cone(problem, x, lambda w, s: [s / limit <= 1], lambda w, s: problem.utility(8.0)(w)),
    }
    mean = mu @ cones["costs"]
    trade = cones["costs"] - equal
    values = {
        "trackingError": expected_shortfall(x, cones["trackingError"]),
        "volatility": 0.05 * expected_shortfall(x, cones["volatility"]) - float(mu @ cones["volatility"]),
        "ellipsoid": expected_shortfall(x, cones["ellipsoid"]),
        "costs": 0.2 * expected_shortfall(x, cones["costs"])
        + float(costs["linear"] @ np.abs(trade) + costs["quadratic"] @ trade**2 - mean),
        "limited": float(mu @ cones["limited"] - 4 * cones["limited"] @ sigma @ cones["limited"]),
    }
    budgets = np.arange(1, n + 1) / (n * (n + 1) / 2)

    weights = {
        "minimumVariance": lowest,
        "minimumVariancePyPortfolioOpt": np.array(list(pypfopt.values())),
        "capped": problem.minimise(lambda w: [w <= 0.1, w >= 0.01]),
        "longShort": problem.minimise(lambda w: [w <= 0.3, w >= -0.1], long=False),
        "utility": problem.minimise(none, problem.utility(8.0)),
        "costs": problem.minimise(none, problem.utility(8.0, costs)),
        "forReturn": problem.minimise(lambda w: [mu @ w >= target]),
        "maximumReturn": problem.minimise(lambda w: [problem.ball(w, 0.14)], lambda w: -(mu / np.abs(mu).max()) @ w),
        "sharpe": problem.ratio(mu, lambda y, k: [], 1e-5),
        "sharpeCapped": problem.ratio(mu, lambda y, k: [y <= 0.15 * k, second @ y <= 0.3 * k], 1e-5),
        "diversification": problem.ratio(np.sqrt(np.diag(sigma)), lambda y, k: []),
        "diversificationCapped": problem.ratio(np.sqrt(np.diag(sigma)), lambda y, k: [y <= 0.08 * k, first @ y >= 0.5 * k]),
        "trackingError": problem.minimise(lambda w: [problem.ball(w, 0.02, equal)]),
        "turnover": problem.minimise(lambda w: [cp.norm1(w - equal) <= 0.4]),
        "everything": problem.minimise(every, problem.utility(8.0)),
        "shortfallBudgets": shortfall_budgets(x, 0.95, equal),
        "shortfallCustomBudgets": shortfall_budgets(x, 0.9, budgets),
        "ellipsoid": problem.minimise(
            lambda w: [cp.sum_squares(cp.multiply(np.sqrt(axes), w - equal)) <= 0.02], problem.utility(8.0)
        ),
        "semiDeviationBudgets": semi_deviation_budgets(x, equal),
        "entropicVar": minimum_entropic(x, none),
        "entropicVarGroups": minimum_entropic(x, lambda w: [w <= 0.12, second @ w <= 0.3]),
        "robust": robust(problem, np.diag(np.diag(sigma)) / len(x), 2.0, 8.0, none),
        "robustGroups": robust(problem, sigma / len(x), 1.5, 4.0, lambda w: [w <= 0.2, second @ w <= 0.3]),
        "shortfallBudgetsBox": constrained_budgets(x, equal, lambda w: [w <= 0.055], 0.95),
        "shortfallBudgetsGroups": constrained_budgets(x, equal, grouped, 0.95),
        "semiDeviationBudgetsGroups": constrained_budgets(x, equal, grouped),
    }
    write(
        "optimisation/fixtures/optimisation.json",
        {
            "expectedReturns": flat(mu),
            "targetReturn": target,
            "costs": {name: flat(values) for name, values in costs.items()},
            "weights": {name: flat(values) for name, values in weights.items()},
            "shortfall": {name: {"weights": flat(w), "objective": value} for name, (w, value) in es.items()},
            "axes": flat(axes),
            "shortfallLimit": limit,
            "shortfallCones": {name: {"weights": flat(w), "objective": values[name]} for name, w in cones.items()},
            "shortfallPyPortfolioOpt": [float(value) for value in cvar_weights],
        },
        # What the conic solver leaves open in weights where a second-order cone binds.
        tolerance=1e-6,
    )


if __name__ == "__main__":
    main()
