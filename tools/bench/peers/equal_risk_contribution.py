"""Equal risk contribution: cyclical coordinate descent compiled by numba, skfolio, Riskfolio-Lib."""

import numba
import numpy as np
import pandas as pd


@numba.njit(fastmath=True)
def descend(sigma, step_size):
    n = len(sigma)
    unit = np.trace(sigma) / n
    y = 1 / np.sqrt(np.diag(sigma) / unit)
    y /= np.sqrt(y @ (sigma @ y) / unit)
    budget = 1 / n
    for _ in range(2000):
        largest = 0.0
        for i in range(n):
            curvature = sigma[i, i] / unit
            slope = 0.0
            for j in range(n):
                slope += sigma[i, j] * y[j]
            slope = slope / unit - curvature * y[i]
            new = (np.sqrt(slope * slope + 4 * curvature * budget) - slope) / (2 * curvature)
            largest = max(largest, abs(new - y[i]) / new)
            y[i] = new
        if largest <= step_size:
            break
    return y / y.sum()


def compiled(inputs, parameters):
    sigma = np.ascontiguousarray(inputs["covariance"])
    descend(sigma, 1e-13)
    return lambda: descend(sigma, 1e-13)


def skfolio(inputs, parameters):
    from skfolio import RiskMeasure
    from skfolio.optimization import RiskBudgeting

    returns = inputs["returns"]
    return lambda: RiskBudgeting(risk_measure=RiskMeasure.VARIANCE).fit(returns).weights_


def riskfolio(inputs, parameters):
    import riskfolio as rp

    frame = pd.DataFrame(inputs["returns"])

    def call():
        portfolio = rp.Portfolio(returns=frame)
        portfolio.assets_stats(method_mu="hist", method_cov="hist")
        return portfolio.rp_optimization(model="Classic", rm="MV", hist=True)["weights"].to_numpy()

    return call


PEERS = {"coordinate descent, numba": compiled, "skfolio": skfolio, "Riskfolio-Lib": riskfolio}
