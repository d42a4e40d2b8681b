"""Two regimes by hmmlearn (hidden Markov) and statsmodels (Markov switching).

hmmlearn runs at its own tolerance without its prior on variances, which is another model; statsmodels by its defaults.
"""

from hmmlearn.hmm import GaussianHMM
from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression


def hmmlearn(inputs, parameters):
    column = 100 * inputs["returns"][:, None]

    def call():
        model = GaussianHMM(2, "diag", covars_prior=0, covars_weight=1, n_iter=1000, random_state=0).fit(column)
        return model.score(column)

    return call


def statsmodels(inputs, parameters):
    percent = 100 * inputs["returns"]
    return lambda: MarkovRegression(percent, k_regimes=2, switching_variance=True).fit(disp=False).llf


PEERS = {"hmmlearn": hmmlearn, "statsmodels": statsmodels}
