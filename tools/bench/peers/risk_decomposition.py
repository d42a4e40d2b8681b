"""Euler contributions of volatility in factor form, annual, by NumPy."""

import numpy as np


def numpy(inputs, parameters):
    exposures, factor_covariance = inputs["exposures"], inputs["factorCovariance"]
    specific, weights = inputs["specificVariances"], inputs["weights"]

    def call():
        product = exposures @ (factor_covariance @ (exposures.T @ weights)) + specific * weights
        contributions = weights * product
        return contributions * (np.sqrt(252) / np.sqrt(contributions.sum()))

    return call


PEERS = {"NumPy": numpy}
