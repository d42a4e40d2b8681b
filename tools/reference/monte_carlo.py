"""Random numbers and simulated paths made again in NumPy, word by word; volatility filters by arch."""

import numpy as np
import warnings

from arch import arch_model
from scipy.special import ndtri

from common import flat, share_returns, write
from measures import weights

M = (0xD2511F53, 0xCD9E8D57)
W = (0x9E3779B9, 0xBB67AE85)
MASK = np.uint64(0xFFFFFFFF)


def philox(counters: np.ndarray, key: tuple[int, int]) -> np.ndarray:
    """Philox-4×32-10 on rows of four words, in 64-bit integers."""
    c = [counters[:, k].astype(np.uint64) for k in range(4)]
    k = [key[0], key[1]]
    for _ in range(10):
        a, b = np.uint64(M[0]) * c[0], np.uint64(M[1]) * c[2]
        c = [(b >> np.uint64(32)) ^ c[1] ^ np.uint64(k[0]), b & MASK, (a >> np.uint64(32)) ^ c[3] ^ np.uint64(k[1]), a & MASK]
        k = [(k[0] + W[0]) & 0xFFFFFFFF, (k[1] + W[1]) & 0xFFFFFFFF]
    return np.stack(c, axis=1)


def uniforms(seed: int, stream: int, path: np.ndarray, count: int) -> np.ndarray:
    """`count` numbers of every path."""
    blocks = (count + 1) // 2
    counters = np.array([[block, p, stream, 0] for p in path for block in range(blocks)], dtype=np.uint64)
    words = philox(counters, (seed & 0xFFFFFFFF, seed >> 32)).reshape(len(path), blocks, 2, 2)
    high, low = words[..., 0] >> np.uint64(6), words[..., 1] >> np.uint64(6)
    values = (high.astype(float) * 67108864 + low.astype(float) + 0.5) / 4503599627370496
    return values.reshape(len(path), 2 * blocks)[:, :count]


def pivoted_root(sigma: np.ndarray) -> np.ndarray:
    """Cholesky in the order in which each row keeps most of its own variance."""
    n = len(sigma)
    order, rest, root = list(range(n)), np.diag(sigma).copy(), np.zeros((n, n))
    for k in range(n):
        pivot = k + int(np.argmax([rest[row] / sigma[row, row] for row in order[k:]]))
        order[k], order[pivot] = order[pivot], order[k]
        row = order[k]
        root[row, k] = np.sqrt(rest[row])
        for other in order[k + 1 :]:
            root[other, k] = (sigma[other, row] - root[other, :k] @ root[row, :k]) / root[row, k]
            rest[other] -= root[other, k] ** 2
    assert np.allclose(root @ root.T, sigma, rtol=1e-12, atol=1e-18)
    return root


def bootstrap(seed: int, x: np.ndarray, paths: int, mean_block: float, horizon: int) -> np.ndarray:
    result = []
    for path in range(paths):
        numbers = iter(uniforms(seed, 2, np.array([path]), 2 * horizon)[0])
        day = int(next(numbers) * len(x))
        grown = 1 + x[day]
        for _ in range(horizon - 1):
            day = int(next(numbers) * len(x)) if next(numbers) * mean_block < 1 else (day + 1) % len(x)
            grown = grown * (1 + x[day])
        result.append(grown - 1)
    return np.array(result)


def filtered(seed: int, x: np.ndarray, variances: np.ndarray, after: np.ndarray, recursion: tuple, paths: int, horizon: int) -> np.ndarray:
    omega, alpha, beta = recursion
    residuals = x / np.sqrt(variances)
    result = []
    for path in range(paths):
        numbers = uniforms(seed, 2, np.array([path]), horizon)[0]
        variance, grown = after.copy(), np.ones(x.shape[1])
        for number in numbers:
            value = np.maximum(-1, np.sqrt(variance) * residuals[int(number * len(x))])
            variance = omega + alpha * value**2 + beta * variance
            grown = grown * (1 + value)
        result.append(grown - 1)
    return np.array(result)


def garch(x: np.ndarray, omega: float, alpha: float, beta: float) -> tuple[np.ndarray, np.ndarray]:
    """Conditional variances at fixed parameters by arch, column by column, and the next day's."""
    columns = []
    for column in x.T:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fixed = arch_model(column, mean="Zero", vol="GARCH", p=1, q=1, rescale=False).fix([omega, alpha, beta])
        columns.append(np.asarray(fixed.conditional_volatility) ** 2)
    variances = np.column_stack(columns)
    return variances, omega + alpha * x[-1] ** 2 + beta * variances[-1]


def quantile_contributions(losses: np.ndarray, value: float, parts: np.ndarray) -> np.ndarray:
    """Mean loss of each position over the paths around the quantile: Epperlein and Smillie's triangular kernel."""
    width = 2.575 * losses.std(ddof=1) * len(losses) ** -0.2
    kernel = np.maximum(0, 1 - np.abs(losses - value) / width)
    return kernel @ parts * (value / (kernel @ losses))


def main() -> None:
    x = share_returns()
    w = weights()
    sigma = np.cov(x, rowvar=False, ddof=1)
    seed, paths = 2018 + 5 * 2**32, 4000
    normals = ndtri(uniforms(seed, 0, np.arange(paths), 20))
    simulated = normals @ pivoted_root(sigma).T
    losses = -(simulated @ w)
    tail = np.sort(losses)[::-1][: paths // 20]
    contributions = -(simulated * w)[losses >= tail[-1]].mean(axis=0)
    three = x[:, :3]
    recursion = (2e-6, 0.08, 0.9)
    variances, after = garch(three, *recursion)
    ewma, ewma_after = garch(three, 0.0, 0.06, 0.94)
    write(
        "monte-carlo/fixtures/monte-carlo.json",
        {
            "seed": seed,
            "words": flat(philox(np.array([[7, 4294967295, 2, 0]], dtype=np.uint64), (seed & 0xFFFFFFFF, seed >> 32))),
            "normals": flat(normals[:5]),
            "paths": paths,
            "var": float(np.quantile(losses, 0.95)),
            "es": float(tail.mean()),
            "esContributions": flat(contributions),
            "varContributions": flat(quantile_contributions(losses, np.quantile(losses, 0.95), -(simulated * w))),
            "bootstrap": flat(bootstrap(seed, three, 40, 4.0, 6)),
            "garch": {"parameters": recursion, "variances": flat(variances), "next": flat(after)},
            "ewma": {"variances": flat(ewma), "next": flat(ewma_after)},
            "filtered": flat(filtered(seed, three, variances, after, recursion, 40, 5)),
        },
    )


if __name__ == "__main__":
    main()
