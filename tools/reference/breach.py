"""Breaches along given paths, by brute force: every window taken again in full on every day (NumPy)."""

import numpy as np

from common import flat, write

WINDOW, LAMBDA, HORIZON, PATHS, CONFIDENCE = 60, 0.93, 6, 40, 0.9


def shortfall(losses: np.ndarray) -> float:
    """Mean of the worst tenth, the boundary loss with a fractional weight."""
    mass = (1 - CONFIDENCE) * len(losses)
    weights = np.clip(mass - np.arange(len(losses)), 0, 1)
    return float(np.sort(losses)[::-1] @ weights / mass)


def main() -> None:
    rng = np.random.default_rng(21)
    days, width = 120, 5
    past = 0.01 * rng.standard_t(5, (days, width)) + 0.004 * rng.standard_normal((days, 1))
    scaled = past * (1 + 0.8 * rng.random((1, width)))
    values, cash = np.array([40.0, -15.0, 30.0, 25.0, 10.0]), 30.0
    names = [0, 1, 2, 3, 0]
    benchmark_past = 0.008 * rng.standard_normal(days) + past[:, 0] / 2
    benchmark_scaled = 1.4 * benchmark_past
    taken = np.array([0.12, 0.0, 0.1, 0.0, 0.03])
    draws = rng.integers(0, days, (PATHS, HORIZON))
    everything, part = list(range(width)), [0, 2, 4]
    limits = [
        ("exposure", "net", part), ("exposure", "gross", everything), ("exposure", "cash", everything),
        ("concentration", "largest", everything), ("concentration", "topFive", everything),
        ("concentration", "herfindahl", part), ("concentration", "effectiveNumber", everything),
        ("risk", "contribution", everything), ("risk", "contribution", part), ("risk", "standAlone", part),
        ("risk", "active", everything), ("risk", "active", part), ("risk", "beta", everything), ("risk", "beta", part),
        ("historical", "var", everything), ("historical", "es", everything), ("constant", "", everything),
    ]  # fmt: skip
    nav = values.sum() + cash
    start = values / nav

    def mean_product(first: np.ndarray, second: np.ndarray, memory: str, entered: int) -> float:
        product = first * second
        if memory == "window":
            return float(product[-WINDOW:].mean())
        old = product[: len(product) - entered]
        weights = LAMBDA ** np.arange(len(old) - 1, -1, -1)
        mean = float(old @ weights / weights.sum())
        for value in product[len(product) - entered :]:
            mean = LAMBDA * mean + (1 - LAMBDA) * value
        return mean

    def risk(of: str, members: list[int], whole: dict, memory: str, entered: int) -> float:
        portfolio, benchmark, shares, active_shares = whole["p"], whole["b"], whole["s"], whole["a"]
        node = shares[:, members].sum(axis=1)
        ends = members == everything
        active = portfolio - benchmark if ends else active_shares[:, members].sum(axis=1)
        mean = lambda first, second: mean_product(first, second, memory, entered)
        if of == "standAlone":
            return np.sqrt(mean(node, node))
        if of == "beta":
            return mean(node, benchmark) / mean(benchmark, benchmark)
        if of == "active":
            return mean(active, portfolio - benchmark) / np.sqrt(mean(portfolio - benchmark, portfolio - benchmark))
        return mean(node, portfolio) / np.sqrt(mean(portfolio, portfolio))

    def figures(memory: str) -> np.ndarray:
        result = np.empty((len(limits), PATHS, HORIZON))
        for path in range(PATHS):
            now = values.copy()
            whole = {
                "p": past @ start, "b": benchmark_past.copy(), "s": past * start, "a": past * (start - taken),
            }  # fmt: skip
            before = {key: series.copy() for key, series in whole.items()}
            for day in range(HORIZON):
                worth = now.sum() + cash
                row = scaled[draws[path, day]]
                shares = now * row / worth
                whole["p"] = np.append(whole["p"], shares.sum())
                whole["b"] = np.append(whole["b"], benchmark_scaled[draws[path, day]])
                whole["s"] = np.vstack([whole["s"], shares])
                whole["a"] = np.vstack([whole["a"], shares - taken * row])
                now = now * (1 + row)
                weights = now / (now.sum() + cash)
                for k, (kind, of, members) in enumerate(limits):
                    result[k, path, day] = figure(kind, of, members, weights, whole, before, memory, day + 1)
        return result

    def figure(kind, of, members, weights, whole, before, memory, entered) -> float:
        if kind == "constant":
            return 0.5
        if kind == "exposure":
            return {"net": weights[members].sum(), "gross": np.abs(weights[members]).sum(), "cash": 1 - weights.sum()}[of]
        if kind == "concentration":
            sizes = np.zeros(4)
            for i in members:
                sizes[names[i]] += abs(weights[i])
            sizes = np.sort(sizes[sizes > 0])[::-1]
            herfindahl = ((sizes / sizes.sum()) ** 2).sum()
            return {"largest": sizes[0], "topFive": sizes[:5].sum(), "herfindahl": herfindahl, "effectiveNumber": 1 / herfindahl}[of]
        if kind == "historical":
            measure = (lambda losses: np.quantile(losses, CONFIDENCE)) if of == "var" else shortfall
            return 0.02 + 2 * (measure(-whole["p"][-WINDOW:]) - measure(-before["p"][-WINDOW:]))
        return 0.2 * risk(of, members, whole, memory, entered) / risk(of, members, before, memory, 0)

    runs = []
    for memory in ("window", "decay"):
        every = figures(memory)
        for k, (kind, of, members) in enumerate(limits):
            lowest = of in ("cash", "effectiveNumber")
            extremes = every[k].min(axis=1) if lowest else every[k].max(axis=1)
            # Between two paths, so that rounding decides nothing.
            steps = np.unique(np.round(extremes, 12))
            bound = float(steps[(len(steps) - 1) // 2 :][:2].mean()) if len(steps) > 1 else float(steps[0])
            beyond = every[k] < bound if lowest else every[k] > bound
            by_day = np.maximum.accumulate(beyond, axis=1).mean(axis=0)
            runs.append(
                {
                    "memory": memory, "kind": kind, "of": of, "members": members, "side": "below" if lowest else "above",
                    "bound": bound, "byDay": flat(by_day),
                }  # fmt: skip
            )
    write(
        "breach/fixtures/breach.json",
        {
            "windowDays": WINDOW, "lambda": LAMBDA, "horizonDays": HORIZON, "confidence": CONFIDENCE,
            "values": flat(values), "cash": cash, "names": names, "past": flat(past), "scaled": flat(scaled),
            "benchmarkPast": flat(benchmark_past), "benchmarkScaled": flat(benchmark_scaled), "taken": flat(taken),
            "draws": [int(day) for day in draws.ravel()], "runs": runs,
        },
    )  # fmt: skip


if __name__ == "__main__":
    main()
