"""Euler contributions by numerical derivatives of the measures."""

import numpy as np
from scipy.stats import norm

from common import flat, returns, share_returns, write
from measures import weights

CONFIDENCE = 0.95


def gradient(function, w: np.ndarray, step: float) -> np.ndarray:
    """Central differences, twice Richardson-extrapolated."""
    result = np.empty_like(w)
    for i in range(len(w)):
        unit = np.zeros_like(w)
        unit[i] = 1.0
        d = [(function(w + h * unit) - function(w - h * unit)) / (2 * h) for h in (step, step / 2, step / 4)]
        first = [(4 * d[1] - d[0]) / 3, (4 * d[2] - d[1]) / 3]
        result[i] = (16 * first[1] - first[0]) / 15
    return result


def shortfall(losses: np.ndarray, confidence: float) -> float:
    """min over z of z + mean(max(L − z, 0)) / (1 − c), at its minimiser among the losses."""
    candidates = np.sort(losses)
    values = [z + np.maximum(losses - z, 0).mean() / (1 - confidence) for z in candidates[int(confidence * len(losses)) - 3 :]]
    return float(min(values))


def kernel_contributions(x: np.ndarray, w: np.ndarray, confidence: float) -> tuple[np.ndarray, float]:
    """The triangular kernel in its plainest form."""
    losses = -(x @ w)
    var = np.quantile(losses, confidence)
    bandwidth = 2.575 * losses.std(ddof=1) * len(losses) ** -0.2
    kernel = np.clip(1 - np.abs(losses - var) / bandwidth, 0, None)
    raw = -(kernel @ (x * w)) / kernel.sum()
    return raw * var / raw.sum(), bandwidth


def main() -> None:
    x = share_returns()
    market = returns()[0]["SP500"].to_numpy()
    w = weights()
    sigma = np.cov(x, rowvar=False, ddof=1)
    joint = np.cov(np.column_stack([x, market]), rowvar=False, ddof=1)
    active = np.append(w, -1.0)
    volatility = lambda v: np.sqrt(v @ sigma @ v * 252)
    tracking_error = lambda v: np.sqrt(v @ joint @ v * 252)
    kernel, bandwidth = kernel_contributions(x, w, CONFIDENCE)
    without = lambda i: np.where(np.arange(len(w)) == i, 0.0, w)
    write(
        "contributions/fixtures/contributions.json",
        {
            "confidence": CONFIDENCE,
            "volatility": flat(w * gradient(volatility, w, 1e-3)),
            "gaussianVar": flat(w * gradient(lambda v: norm.ppf(CONFIDENCE) * np.sqrt(v @ sigma @ v), w, 1e-3)),
            "trackingError": flat(active * gradient(tracking_error, active, 1e-3)),
            # The tail does not change within such a step, so that the figure is linear in it.
            "historicalEs": flat(w * gradient(lambda v: shortfall(-(x @ v), CONFIDENCE), w, 1e-6)),
            "historicalVarKernel": flat(kernel),
            "kernelBandwidth": float(bandwidth),
            "incrementalVolatility": flat([volatility(w) - volatility(without(i)) for i in range(len(w))]),
            "incrementalHistoricalVar": flat(
                [np.quantile(-(x @ w), CONFIDENCE) - np.quantile(-(x @ without(i)), CONFIDENCE) for i in range(len(w))]
            ),
            "incrementalHistoricalEs": flat(
                [shortfall(-(x @ w), CONFIDENCE) - shortfall(-(x @ without(i)), CONFIDENCE) for i in range(len(w))]
            ),
            "incrementalGaussianEs": flat(
                [
                    norm.pdf(norm.ppf(CONFIDENCE)) / (1 - CONFIDENCE) * ((x @ w).std(ddof=1) - (x @ without(i)).std(ddof=1))
                    for i in range(len(w))
                ]
            ),
            "incrementalTrackingError": flat(
                [tracking_error(active) - tracking_error(np.append(without(i), -1.0)) for i in range(len(w))]
            ),
        },
    )


if __name__ == "__main__":
    main()
