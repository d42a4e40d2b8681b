"""DCC(1,1) by a second route: the correlations formed day by day and inverted by LAPACK, maximised by SciPy; by the full
likelihood, and by the sum of the likelihoods of neighbours.

No pinned library has it. Residuals are those of `arch` at zero mean and GARCH(1,1), one series at a time.
"""

import warnings

import numpy as np
from arch import arch_model
from scipy import optimize

from common import flat, write
from garch import long_returns

ASSETS = ["AAPL", "JPM", "PG"]


def log_likelihood(theta: np.ndarray, z: np.ndarray, individual: bool = False):
    a, b = theta
    target = z.T @ z / len(z)
    q, days = target.copy(), []
    for row in z:
        deviation = np.sqrt(np.diag(q))
        r = q / np.outer(deviation, deviation)
        _, log_determinant = np.linalg.slogdet(r)
        days.append(-0.5 * (log_determinant + row @ np.linalg.solve(r, row) - row @ row))
        q = (1 - a - b) * target + a * np.outer(row, row) + b * q
    deviation = np.sqrt(np.diag(q))
    return (np.array(days), q / np.outer(deviation, deviation)) if individual else sum(days)


def composite(theta: np.ndarray, z: np.ndarray, individual: bool = False):
    parts = [log_likelihood(theta, z[:, [i, i + 1]], individual) for i in range(z.shape[1] - 1)]
    return (sum(days for days, _ in parts), None) if individual else sum(parts)


def maximum(likelihood, unit: np.ndarray):
    """Where the likelihood is largest, its value, and robust errors from central differences of the daily likelihoods."""
    runs = [
        optimize.minimize(lambda x: -likelihood(x, unit), start, method="Nelder-Mead", bounds=[(0, 1), (0, 0.999)], options={"xatol": 1e-11, "fatol": 1e-13, "maxiter": 4000})
        for start in ((0.02, 0.95), (0.05, 0.6))
    ]
    best = min(runs, key=lambda run: run.fun)
    step = 1e-5
    unit_vectors = np.eye(2) * step
    slopes = np.column_stack([(likelihood(best.x + e, unit, True)[0] - likelihood(best.x - e, unit, True)[0]) / (2 * step) for e in unit_vectors])
    second = np.array(
        [
            [
                (likelihood(best.x + e + f, unit) - likelihood(best.x + e - f, unit) - likelihood(best.x - e + f, unit) + likelihood(best.x - e - f, unit)) / (4 * step**2)
                for f in unit_vectors * 10
            ]
            for e in unit_vectors * 10
        ]
    ) / 100
    bread = np.linalg.inv(second)
    return best.x, float(-best.fun), np.sqrt(np.diag(bread @ (slopes.T @ slopes) @ bread))


def main() -> None:
    warnings.simplefilter("ignore")
    frame = long_returns()[ASSETS]
    fits = [arch_model(100 * frame[name].to_numpy(), mean="Zero", rescale=False).fit(disp="off", tol=1e-12) for name in ASSETS]
    z = np.round(np.column_stack([fit.std_resid for fit in fits]), 12)
    unit = z / np.sqrt((z**2).mean(axis=0))
    (a, b), value, errors = maximum(log_likelihood, unit)
    _, following = log_likelihood((a, b), unit, True)
    pairs, pairs_value, pairs_errors = maximum(composite, unit)
    target = unit.T @ unit / len(unit)
    write(
        "correlation/fixtures/dcc.json",
        {
            "residuals": flat(z),
            "assets": ASSETS,
            "a": float(a),
            "b": float(b),
            "logLikelihood": value,
            "standardErrors": flat(errors),
            "longRun": flat(target),
            "next": flat(following),
            "tenDaysAhead": flat(target + (a + b) ** 9 * (following - target)),
            "pairs": {"a": float(pairs[0]), "b": float(pairs[1]), "logLikelihood": pairs_value, "standardErrors": flat(pairs_errors)},
        },
        1e-4,
    )


if __name__ == "__main__":
    main()
