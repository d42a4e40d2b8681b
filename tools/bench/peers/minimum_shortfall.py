"""Minimum CVaR, long only: the linear program by HiGHS, PyPortfolioOpt, skfolio."""

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, eye, hstack


def highs(inputs, parameters):
    returns = inputs["returns"]
    days, n = returns.shape
    share = 1 / ((1 - parameters["confidence"]) * days)
    cost = np.concatenate([np.zeros(n), [1], np.full(days, share)])
    above = hstack([csr_matrix(-returns), -np.ones((days, 1)), -eye(days)]).tocsr()
    equal = np.concatenate([np.ones(n), np.zeros(1 + days)])[None, :]
    bounds = [(0, 1)] * n + [(None, None)] + [(0, None)] * days

    def call():
        return linprog(cost, above, np.zeros(days), equal, [1], bounds, method="highs-ds").x[:n]

    return call


def pyportfolioopt(inputs, parameters):
    from pypfopt import EfficientCVaR

    returns, beta = inputs["returns"], parameters["confidence"]
    return lambda: np.array(list(EfficientCVaR(None, returns, beta=beta).min_cvar().values()))


def skfolio(inputs, parameters):
    from skfolio import RiskMeasure
    from skfolio.optimization import MeanRisk

    returns, beta = inputs["returns"], parameters["confidence"]
    return lambda: MeanRisk(risk_measure=RiskMeasure.CVAR, cvar_beta=beta).fit(returns).weights_


PEERS = {"HiGHS dual simplex": highs, "PyPortfolioOpt": pyportfolioopt, "skfolio": skfolio}
