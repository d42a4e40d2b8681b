"""The Shapley split of a change in utilization as the mean over every order in which the sources can move."""

from itertools import permutations

import numpy as np
from scipy.stats import norm

from common import flat, share_returns, write
from contributions import kernel_contributions, shortfall

SOURCES = ["quantities", "prices", "volatilities", "correlations", "budget"]
NAMES = 6


def by_orders(value, sources: list[str]) -> list[list[float]]:
    """value(state) → vector by leaf; state says for each source whether it has moved."""
    total = None
    orders = list(permutations(range(len(sources))))
    for order in orders:
        state = [0] * len(sources)
        before = value(tuple(state))
        steps = np.zeros((len(sources), len(before)))
        for source in order:
            state[source] = 1
            after = value(tuple(state))
            steps[source] = after - before
            before = after
        total = steps if total is None else total + steps
    return [flat(row) for row in total / len(orders)]


def main() -> None:
    x = share_returns()[:, :NAMES]
    sigma = [np.cov(x[:250], rowvar=False, ddof=1), np.cov(x[250:], rowvar=False, ddof=1)]
    sizes = [np.sqrt(np.diag(s)) for s in sigma]
    correlation = [s / np.outer(d, d) for s, d in zip(sigma, sizes)]
    # The last name is bought between the dates, the second one sold; one is short.
    quantities = np.array([[100, 50, -30, 20, 10, 0], [90, 0, -40, 35, 10, 25]], dtype=float)
    price = np.array([[50, 20, 30, 10, 80, 40], [55, 18, 33, 11, 70, 44]], dtype=float)
    nav = np.array([8000.0, 8600.0])
    budget = [0.012, 0.011]
    cash = [nav[t] - quantities[t] @ price[t] for t in (0, 1)]
    z = norm.ppf(0.95)

    def weights(q: int, p: int) -> np.ndarray:
        held = quantities[q] * price[p]
        return held / (held.sum() + cash[q])

    def parametric(state: tuple) -> np.ndarray:
        q, p, v, c, b = state
        w = weights(q, p)
        mixed = correlation[c] * np.outer(sizes[v], sizes[v])
        return z * w * (mixed @ w) / np.sqrt(w @ mixed @ w) / budget[b]

    windows = [x[:250], x[250:]]

    def historical(measure: str):
        def value(state: tuple) -> np.ndarray:
            q, p, s, b = state
            w = weights(q, p)
            if measure == "var":
                return kernel_contributions(windows[s], w, 0.95)[0] / budget[b]
            losses = -(windows[s] @ w)
            tail = np.sort(losses)[::-1][:12]
            mask = np.isin(losses, tail).astype(float)
            boundary = np.sort(losses)[::-1][12]
            mask[losses == boundary] = 0.5
            contributions = -(mask @ (windows[s] * w)) / 12.5
            assert np.isclose(contributions.sum(), shortfall(losses, 0.95), rtol=1e-12)
            return contributions / budget[b]

        return value

    sources = ["quantities", "prices", "scenarioWindow", "budget"]
    write(
        "contributions/fixtures/explained-change.json",
        {
            "names": NAMES,
            "quantities": [flat(row) for row in quantities],
            "prices": [flat(row) for row in price],
            "nav": flat(nav),
            "budget": budget,
            "var": {"from": flat(parametric((0,) * 5)), "to": flat(parametric((1,) * 5)), "effects": by_orders(parametric, SOURCES)},
            "historicalVar": {"effects": by_orders(historical("var"), sources)},
            "historicalEs": {"effects": by_orders(historical("es"), sources)},
        },
    )


if __name__ == "__main__":
    main()
