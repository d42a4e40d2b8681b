"""Changes of variance: unpruned optimal partitioning in NumPy, every start for every end."""

import numpy as np
from scipy.stats import norm

from common import flat, write
from garch import long_returns

LEAST = 20


def cost(x: np.ndarray, mean: str) -> float:
    centre = x.mean() if mean == "own" else 0.0
    deviation = np.sqrt(((x - centre) ** 2).mean())
    return float(-2 * norm.logpdf(x, centre, deviation).sum())


def changes(x: np.ndarray, penalty: float, mean: str) -> tuple[list[int], float]:
    count = len(x)
    best, before = [-penalty] + [np.inf] * count, [0] * (count + 1)
    for end in range(LEAST, count + 1):
        for start in range(end - LEAST + 1):
            if np.isfinite(best[start]):
                total = best[start] + cost(x[start:end], mean) + penalty
                if total < best[end]:
                    best[end], before[end] = total, start
    days, end = [], count
    while before[end] > 0:
        end = before[end]
        days.insert(0, end)
    return days, float(best[count])


def main() -> None:
    x = long_returns(300)["SP500"].to_numpy()
    found = []
    for mean, penalty in (("zero", 2 * np.log(300)), ("own", 3 * np.log(300)), ("zero", 4.0)):
        days, total = changes(x, penalty, mean)
        edges = [0, *days, len(x)]
        variances = [float(np.mean((x[a:b] - (x[a:b].mean() if mean == "own" else 0)) ** 2)) for a, b in zip(edges, edges[1:])]
        found.append({"mean": mean, "penalty": penalty, "days": days, "cost": total, "variances": variances})
    write("change-points/fixtures/change-points.json", {"returns": flat(x), "found": found})


if __name__ == "__main__":
    main()
