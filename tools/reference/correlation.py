"""DCC(1,1) by a second route: the correlations formed day by day and inverted by LAPACK, maximised by SciPy.

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


def main() -> None:
    warnings.simplefilter("ignore")
    frame = long_returns()[ASSETS]
    fits = [arch_model(100 * frame[name].to_numpy(), mean="Zero", rescale=False).fit(disp="off", tol=1e-12) for name in ASSETS]
    z = np.round(np.column_stack([fit.std_resid for fit in fits]), 12)
    unit = z / np.sqrt((z**2).mean(axis=0))
    runs = [
        optimize.minimize(lambda x: -log_likelihood(x, unit), start, method="Nelder-Mead", bounds=[(0, 1), (0, 0.999)], options={"xatol": 1e-11, "fatol": 1e-13, "maxiter": 4000})
        for start in ((0.02, 0.95), (0.05, 0.6))
    ]
    best = min(runs, key=lambda run: run.fun)
    a, b = best.x
    days, following = log_likelihood(best.x, unit, True)
    # Robust errors from central differences of the daily likelihoods.
    step = 1e-5
    unit_vectors = np.eye(2) * step
    slopes = np.column_stack([(log_likelihood(best.x + e, unit, True)[0] - log_likelihood(best.x - e, unit, True)[0]) / (2 * step) for e in unit_vectors])
    second = np.array(
        [
            [
                (log_likelihood(best.x + e + f, unit) - log_likelihood(best.x + e - f, unit) - log_likelihood(best.x - e + f, unit) + log_likelihood(best.x - e - f, unit)) / (4 * step**2)
                for f in unit_vectors * 10
            ]
            for e in unit_vectors * 10
        ]
    ) / 100
    bread = np.linalg.inv(second)
    errors = np.sqrt(np.diag(bread @ (slopes.T @ slopes) @ bread))
    target = unit.T @ unit / len(unit)
    write(
        "correlation/fixtures/dcc.json",
        {
            "residuals": flat(z),
            "assets": ASSETS,
            "a": float(a),
            "b": float(b),
            "logLikelihood": float(-best.fun),
            "standardErrors": flat(errors),
            "longRun": flat(target),
            "next": flat(following),
            "tenDaysAhead": flat(target + (a + b) ** 9 * (following - target)),
        },
        1e-4,
    )


if __name__ == "__main__":
    main()
