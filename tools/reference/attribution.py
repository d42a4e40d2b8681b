"""Attribution of returns: linking in 50 digits, effects of many periods by compounding them in money."""

from decimal import Decimal, getcontext

import numpy as np

from common import flat, returns, write

getcontext().prec = 50


def carino(portfolio: np.ndarray, benchmark: np.ndarray, effects: np.ndarray) -> list[float]:
    """The paper's formula in 50 digits, so that nothing cancels."""
    r, b = [Decimal(float(v)) for v in portfolio], [Decimal(float(v)) for v in benchmark]
    coefficient = lambda p, q: ((1 + p).ln() - (1 + q).ln()) / (p - q) if p != q else 1 / (1 + p)
    grow = lambda values: np.prod([1 + v for v in values]) - 1
    whole = coefficient(grow(r), grow(b))
    return [
        float(sum(coefficient(r[t], b[t]) / whole * Decimal(float(effects[t, k])) for t in range(len(r))))
        for k in range(effects.shape[1])
    ]


def menchero(portfolio: np.ndarray, benchmark: np.ndarray, effects: np.ndarray) -> list[float]:
    r, b = [Decimal(float(v)) for v in portfolio], [Decimal(float(v)) for v in benchmark]
    grow = lambda values: np.prod([1 + v for v in values])
    periods = Decimal(len(r))
    active = grow(r) - grow(b)
    natural = active / periods / (grow(r) ** (1 / periods) - grow(b) ** (1 / periods))
    differences = [p - q for p, q in zip(r, b)]
    correction = (active - natural * sum(differences)) / sum(d * d for d in differences)
    return [
        float(sum((natural + correction * differences[t]) * Decimal(float(effects[t, k])) for t in range(len(r))))
        for k in range(effects.shape[1])
    ]


def main() -> None:
    shares, _ = returns()
    x = shares.drop(columns="SP500").to_numpy()[-12:]
    groups = [range(0, 7), range(7, 14), range(14, 20)]
    rng = np.random.default_rng(5)
    w = np.round(rng.dirichlet(np.ones(20), 12), 6)
    v = np.full((12, 20), 0.05)
    effects = np.empty((12, 3))
    for t in range(12):
        for g, members in enumerate(groups):
            effects[t, g] = (w[t, members] - v[t, members]) @ x[t, members]
    portfolio, benchmark = (w * x).sum(axis=1), (v * x).sum(axis=1)
    effects[:, 0] += portfolio - benchmark - effects.sum(axis=1)
    active = effects.sum(axis=1)
    annual = np.sqrt(252)
    write(
        "attribution/fixtures/attribution.json",
        {
            "portfolioReturns": flat(portfolio),
            "benchmarkReturns": flat(benchmark),
            "effects": flat(effects),
            "carino": carino(portfolio, benchmark, effects),
            "menchero": menchero(portfolio, benchmark, effects),
            "riskAdjusted": {
                "ratio": float(active.mean() / active.std(ddof=1) * annual),
                "riskContributions": [float(np.cov(effects[:, k], active, ddof=1)[0, 1] / active.std(ddof=1) * annual) for k in range(3)],
                "correlations": [float(np.corrcoef(effects[:, k], active)[0, 1]) for k in range(3)],
            },
        },
    )


if __name__ == "__main__":
    main()
