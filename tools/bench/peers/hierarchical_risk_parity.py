"""Hierarchical risk parity by skfolio: weights, then the leaf order they stand on."""

import numpy as np
from skfolio import RiskMeasure
from skfolio.cluster import HierarchicalClustering, LinkageMethod
from skfolio.distance import PearsonDistance
from skfolio.optimization import HierarchicalRiskParity
from skfolio.seriation import HierarchicalSeriation


def skfolio(inputs, parameters):
    returns = inputs["returns"]

    def call():
        fitted = HierarchicalRiskParity(
            risk_measure=RiskMeasure.VARIANCE,
            distance_estimator=PearsonDistance(),
            seriation_estimator=HierarchicalSeriation(
                hierarchical_clustering_estimator=HierarchicalClustering(linkage_method=LinkageMethod.SINGLE),
            ),
        ).fit(returns)
        # The order that the weights were split in; the clustering's own matrix holds the tree before it was ordered.
        return np.concatenate([fitted.weights_, fitted.seriation_estimator_.ordering_])

    return call


PEERS = {"skfolio": skfolio}
