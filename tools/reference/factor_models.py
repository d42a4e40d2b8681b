"""Cross-sectional and statistical factor models."""

import numpy as np
import statsmodels.api as sm
from sklearn.decomposition import PCA

from common import flat, share_returns, write


def cross_section(x: np.ndarray) -> dict:
    days, assets = x.shape
    rng = np.random.default_rng(2018)
    exposures = np.column_stack([np.ones(assets), rng.standard_normal((assets, 2)), np.arange(assets) % 2])
    weights = rng.uniform(0.5, 2.0, assets)
    fits = [sm.WLS(row, exposures, weights=weights, hasconst=False).fit() for row in x]
    factors = np.array([fit.params for fit in fits])
    # statsmodels' r² counts the constant when it finds one; about zero it is 1 − Σ w e² / Σ w r².
    r_squared = np.array([1 - fit.ssr / np.sum(weights * row**2) for fit, row in zip(fits, x)])
    residuals = x - factors @ exposures.T
    covariance = np.cov(factors, rowvar=False)
    specific = residuals.var(axis=0, ddof=1)
    means = [sm.OLS(factor, np.ones(days)).fit() for factor in factors.T]
    weighted = exposures * np.sqrt(weights)[:, None]
    return {
        "factors": exposures.shape[1],
        "exposures": flat(exposures),
        "weights": flat(weights),
        "factorReturns": flat(factors),
        "rSquared": flat(r_squared),
        "factorCovariance": flat(covariance),
        "specificVariances": flat(specific),
        "tStatistics": [float(fit.tvalues[0]) for fit in means],
        "conditionNumber": float(np.linalg.cond(weighted / np.linalg.norm(weighted, axis=0))),
        "covariance": flat(exposures @ covariance @ exposures.T + np.diag(specific)),
    }


def bai_ng(x: np.ndarray, most: int) -> int:
    """IC_p2 with the residuals of each k written out."""
    t, n = x.shape
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    penalty = (n + t) / (n * t) * np.log(min(n, t))
    criteria = []
    for k in range(most + 1):
        rest = x - (u[:, :k] * s[:k]) @ vt[:k]
        criteria.append(np.log(np.mean(rest**2)) + k * penalty)
    return int(np.argmin(criteria))


def statistical(x: np.ndarray, k: int, standardised: bool) -> dict:
    days = len(x)
    scale = x.std(axis=0) if standardised else np.ones(x.shape[1])
    z = (x - x.mean(axis=0)) / scale
    pca = PCA(svd_solver="full").fit(z)
    components = pca.components_[:k]
    components = components * np.sign(components[np.arange(k), np.abs(components).argmax(axis=1)])[:, None]
    exposures = (components * scale).T
    # scikit-learn's explained variance is over T − 1.
    common = exposures @ np.diag(pca.explained_variance_[:k]) @ exposures.T
    variances = x.var(axis=0, ddof=1)
    specific = variances - np.diag(common)
    return {
        "factors": k,
        "eigenvalues": flat(pca.explained_variance_ * (days - 1) / days),
        "exposures": flat(exposures),
        "factorReturns": flat(z @ components.T),
        "specificVariances": flat(specific),
        "rSquared": flat(1 - specific / variances),
        "explained": float(pca.explained_variance_ratio_[:k].sum()),
        "covariance": flat(common + np.diag(specific)),
        "baiNg": bai_ng(z, 8),
        "eigenvalueRatio": int(np.argmax(pca.explained_variance_[:8] / pca.explained_variance_[1:9])) + 1,
    }


def main() -> None:
    x = share_returns()
    write("factor-model/fixtures/cross-section.json", cross_section(x))
    write(
        "factor-model/fixtures/statistical.json",
        {
            "correlation": statistical(x, 3, True),
            "covariance": statistical(x, 3, False),
            "wideDays": 12,
            "wide": statistical(x[:12], 2, False),
        },
    )


if __name__ == "__main__":
    main()
