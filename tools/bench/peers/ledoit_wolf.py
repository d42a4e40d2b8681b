"""Ledoit–Wolf to the identity by scikit-learn, to constant correlation by PyPortfolioOpt."""

import numpy as np
import pandas as pd
from pypfopt.risk_models import CovarianceShrinkage
from sklearn.covariance import LedoitWolf


def scikit_learn(inputs, parameters):
    returns = inputs["returns"]
    return lambda: LedoitWolf().fit(returns).covariance_


def pyportfolioopt(inputs, parameters):
    frame = pd.DataFrame(inputs["returns"])

    def call():
        shrinkage = CovarianceShrinkage(frame, returns_data=True, frequency=1)
        # It starts from the covariance over T − 1; as published, and as ours, it is the one over T.
        shrinkage.S = np.cov(shrinkage.X.to_numpy(), rowvar=False, ddof=0)
        return shrinkage.ledoit_wolf("constant_correlation").to_numpy()

    return call


PEERS = {"scikit-learn": scikit_learn, "PyPortfolioOpt": pyportfolioopt}
