"""Hierarchical risk parity by skfolio: weights, then the leaf order they stand on."""

import numpy as np
from scipy.cluster import hierarchy
from skfolio import RiskMeasure
from skfolio.cluster import HierarchicalClustering, LinkageMethod
from skfolio.optimization import HierarchicalRiskParity
from skfolio.distance import PearsonDistance


def skfolio(inputs, parameters):
    returns = inputs["returns"]

    def call():
        fitted = HierarchicalRiskParity(
            risk_measure=RiskMeasure.VARIANCE,
            distance_estimator=PearsonDistance(),
            hierarchical_clustering_estimator=HierarchicalClustering(linkage_method=LinkageMethod.SINGLE),
        ).fit(returns)
        order = hierarchy.leaves_list(fitted.hierarchical_clustering_estimator_.linkage_matrix_)
        return np.concatenate([fitted.weights_, order])

    return call


PEERS = {"skfolio": skfolio}
