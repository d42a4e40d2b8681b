"""Monte Carlo VaR, ES and ES contributions by asset, every path's asset returns made, by NumPy on two threads."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

THREADS = 2


def numpy(inputs, parameters):
    root = np.linalg.cholesky(inputs["covariance"])
    weights, confidence = inputs["weights"], parameters["confidence"]
    paths, assets = parameters["paths"], len(weights)
    generators = [np.random.Generator(np.random.SFC64(child)) for child in np.random.SeedSequence(7).spawn(THREADS)]
    returns, losses = np.empty((paths, assets)), np.empty(paths)
    bounds = [(part * paths // THREADS, (part + 1) * paths // THREADS) for part in range(THREADS)]
    pool = ThreadPoolExecutor(THREADS)

    def part(generator, bound):
        rows = slice(*bound)
        np.matmul(generator.standard_normal((bound[1] - bound[0], assets)), root.T, out=returns[rows])
        losses[rows] = -(returns[rows] @ weights)

    def call():
        list(pool.map(part, generators, bounds))
        var = np.quantile(losses, confidence)
        count = int(round((1 - confidence) * paths))
        tail = np.argpartition(losses, paths - count)[paths - count :]
        contributions = -returns[tail].mean(axis=0) * weights
        return np.concatenate([[var, losses[tail].mean()], contributions])

    return call


PEERS = {"NumPy": numpy}
