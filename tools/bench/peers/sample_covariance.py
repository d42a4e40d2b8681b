"""NumPy with OpenBLAS."""

import numpy as np


def numpy_cov(inputs, parameters):
    returns = inputs["returns"]
    return lambda: np.cov(returns, rowvar=False)


PEERS = {"NumPy cov": numpy_cov}
