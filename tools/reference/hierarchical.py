"""Clusters, leaf orders and hierarchical risk parity of the 20 shares."""

import numpy as np
import pandas as pd
from pypfopt import HRPOpt
from riskfolio import HCPortfolio
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform
from sklearn.covariance import LedoitWolf
from skfolio.cluster import HierarchicalClustering, LinkageMethod
from skfolio.moments import LedoitWolf as SkfolioLedoitWolf
from skfolio.optimization import HierarchicalRiskParity
from skfolio.prior import EmpiricalPrior
from skfolio.distance import CovarianceDistance
from skfolio import RiskMeasure

from common import flat, share_returns, write

LINKAGES = ["single", "complete", "average", "ward"]


def bisected(sigma: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Lopez de Prado's recursion, written out."""
    weights = np.ones(len(sigma))

    def risk(items):
        block = sigma[np.ix_(items, items)]
        inverse = 1 / np.diag(block)
        inverse /= inverse.sum()
        return inverse @ block @ inverse

    runs = [list(order)]
    while runs:
        runs = [part for run in runs if len(run) > 1 for part in (run[: len(run) // 2], run[len(run) // 2 :])]
        for first, second in zip(runs[::2], runs[1::2]):
            a, b = risk(first), risk(second)
            weights[first] *= b / (a + b)
            weights[second] *= a / (a + b)
    return weights


def shortest_order(merges: np.ndarray, distances: np.ndarray) -> list[int]:
    """The shortest path through the leaves that keeps every cluster together, by all pairs of ends of every cluster.

    SciPy's optimal_leaf_ordering is not always the optimum (scipy issue 11227), so that it stands beside this.
    """
    n = len(distances)
    paths: list[dict] = [{(leaf, leaf): (0.0, [leaf])} for leaf in range(n)]
    for a, b in merges[:, :2].astype(int):
        found: dict = {}
        for first, second in ((a, b), (b, a)):
            for (u, m), (left, left_order) in paths[first].items():
                for (k, w), (right, right_order) in paths[second].items():
                    length = left + distances[m, k] + right
                    if (u, w) not in found or length < found[u, w][0]:
                        found[u, w] = (length, left_order + right_order)
        paths.append(found)
    left = set(leaves_below(merges, int(merges[-1, 0]), n))
    return min((path for (u, _), path in paths[-1].items() if u in left), key=lambda path: path[0])[1]


def leaves_below(merges: np.ndarray, node: int, n: int) -> list[int]:
    if node < n:
        return [node]
    return [leaf for child in merges[node - n, :2] for leaf in leaves_below(merges, int(child), n)]


def main() -> None:
    x = share_returns()
    sigma = LedoitWolf().fit(x).covariance_
    deviations = np.sqrt(np.diag(sigma))
    distances = np.sqrt(np.clip((1 - sigma / np.outer(deviations, deviations)) / 2, 0, 1))
    np.fill_diagonal(distances, 0)
    condensed = squareform(distances, checks=False)
    clusters = {}
    for method in LINKAGES:
        merges = hierarchy.linkage(condensed, method)
        ordered = hierarchy.optimal_leaf_ordering(merges, condensed)
        order, best = hierarchy.leaves_list(merges), np.array(shortest_order(merges, distances))
        clusters[method] = {
            "distances": flat(merges[:, 2]),
            "pairs": [[int(a), int(b)] for a, b in merges[:, :2]],
            "order": [int(leaf) for leaf in order],
            "optimalOrder": [int(leaf) for leaf in best],
            "weights": flat(bisected(sigma, order)),
            "optimalWeights": flat(bisected(sigma, best)),
            "scipyOrder": [int(leaf) for leaf in hierarchy.leaves_list(ordered)],
        }
    names = [f"A{i:02d}" for i in range(len(sigma))]
    frame = pd.DataFrame(sigma, index=names, columns=names)
    pypfopt = HRPOpt(cov_matrix=frame).optimize(linkage_method="single")
    skfolio = HierarchicalRiskParity(
        risk_measure=RiskMeasure.VARIANCE,
        prior_estimator=EmpiricalPrior(covariance_estimator=SkfolioLedoitWolf()),
        distance_estimator=CovarianceDistance(covariance_estimator=SkfolioLedoitWolf()),
        hierarchical_clustering_estimator=HierarchicalClustering(linkage_method=LinkageMethod.SINGLE),
    ).fit(x)
    portfolio = HCPortfolio(returns=pd.DataFrame(x, columns=names))
    riskfolio = portfolio.optimization(
        model="HRP", codependence="pearson", rm="MV", linkage="single", leaf_order=True, method_cov="hist"
    )
    empirical = np.cov(x, rowvar=False)
    spread = np.sqrt(np.diag(empirical))
    sample_distances = squareform(np.sqrt(np.clip((1 - empirical / np.outer(spread, spread)) / 2, 0, 1)), checks=False)
    sample_merges = hierarchy.linkage(sample_distances, "single", optimal_ordering=True)
    write(
        "hierarchical/fixtures/hierarchical.json",
        {
            "clusters": clusters,
            "pyPortfolioOpt": [float(pypfopt[name]) for name in names],
            "skfolio": flat(skfolio.weights_),
            "riskfolio": flat(riskfolio["weights"]),
            "sampleCovariance": flat(empirical),
            "sampleScipyOrder": [int(leaf) for leaf in hierarchy.leaves_list(sample_merges)],
        },
    )


if __name__ == "__main__":
    main()
