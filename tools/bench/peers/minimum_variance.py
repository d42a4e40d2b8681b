"""Minimum variance, long only, by PyPortfolioOpt and skfolio."""

import numpy as np


def pyportfolioopt(inputs, parameters):
    from pypfopt import EfficientFrontier

    # Annual, as its own estimators give it: the solver's tolerance is absolute, and daily variances lie close to it.
    sigma = 252 * inputs["covariance"]
    return lambda: np.array(list(EfficientFrontier(None, sigma).min_volatility().values()))


def skfolio(inputs, parameters):
    from skfolio.optimization import MeanRisk

    returns = inputs["returns"]
    return lambda: MeanRisk().fit(returns).weights_


PEERS = {"PyPortfolioOpt": pyportfolioopt, "skfolio": skfolio}
