"""Regimes: hmmlearn (hidden Markov model), statsmodels (Markov switching from the stationary distribution).

hmmlearn runs without its prior on variances, from several seeds; statsmodels polishes by its own optimiser and gives
filtered and smoothed probabilities, expected durations and standard errors at its parameters.
"""

import warnings

import numpy as np
from hmmlearn.hmm import GaussianHMM
from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

from common import flat, write
from garch import long_returns

CASES = [("SP500", 2), ("JPM", 2), ("PG", 2), ("SP500", 3)]
SWITCHING = [("SP500", 2, "switching"), ("JPM", 2, "switching"), ("AAPL", 2, "zero"), ("SP500", 3, "switching"), ("AAPL", 3, "switching")]
# A calm state, a rising and a falling one: the highest hill of 150 drawn starts, which no seed of hmmlearn leads up.
KNOWN = {"AAPL": {"means": [0.136, 0.14, -0.41], "variances": [0.6, 3.8, 4.9], "transition": [0.89, 0.1, 0.01, 0.28, 0.71, 0.01, 0.01, 0.03, 0.96]}}
DAYS = [0, 1, 99, 500, 998, 999]


def ordered(variances: np.ndarray) -> np.ndarray:
    return np.argsort(variances)


def hidden_markov(x: np.ndarray, states: int) -> dict:
    best = None
    for seed in range(8):
        model = GaussianHMM(states, "diag", covars_prior=0, covars_weight=1, min_covar=1e-9, n_iter=20000, tol=1e-11, random_state=seed)
        model.fit(100 * x[:, None])
        score = model.score(100 * x[:, None])
        if best is None or score > best[0]:
            best = (score, model)
    score, model = best
    order = ordered(model.covars_.ravel())
    smoothed = model.predict_proba(100 * x[:, None])[:, order]
    return {
        "logLikelihood": float(score),
        "means": flat(model.means_.ravel()[order] / 100),
        "variances": flat(model.covars_.ravel()[order] / 1e4),
        "transition": flat(model.transmat_[np.ix_(order, order)]),
        "initial": flat(model.startprob_[order]),
        "smoothed": flat(smoothed[DAYS]),
    }


def switching(x: np.ndarray, states: int, mean: str, known: dict | None = None) -> dict:
    model = MarkovRegression(100 * x, k_regimes=states, trend="c" if mean == "switching" else "n", switching_variance=True)
    if states == 2:
        np.random.seed(2018)
        start = model.fit(search_reps=20, maxiter=2000, disp=False).params
    else:
        # Its search for a start ends on one hill or another with the processor's rounding: begin at a known hill, or where hmmlearn ended.
        if known is None:
            found = hidden_markov(x, states)
        else:
            found = {**known, "means": np.divide(known["means"], 100), "variances": np.divide(known["variances"], 1e4)}
        moves = np.clip(np.reshape(found["transition"], (states, states)), 1e-4, 1)
        moves /= moves.sum(axis=1, keepdims=True)
        named = {f"p[{i}->{j}]": moves[i, j] for i in range(states) for j in range(states)}
        for k in range(states):
            named |= {f"const[{k}]": 100 * found["means"][k], f"sigma2[{k}]": 1e4 * found["variances"][k]}
        start = model.fit(start_params=[named[name] for name in model.param_names], em_iter=500, search_reps=0, maxiter=2000, disp=False).params
    fit = model.fit(start_params=start, em_iter=0, method="bfgs", gtol=1e-9, maxiter=2000, disp=False, cov_type="approx")
    parameters = dict(zip(model.param_names, map(float, fit.params)))
    variances = np.array([parameters[f"sigma2[{k}]"] for k in range(states)])
    order = ordered(variances)
    transition = fit.regime_transition[:, :, 0].T
    result = {
        "mean": mean,
        "logLikelihood": float(fit.llf),
        "means": flat([parameters.get(f"const[{k}]", 0.0) / 100 for k in order]),
        "variances": flat(variances[order] / 1e4),
        "transition": flat(transition[np.ix_(order, order)]),
        "initial": flat(fit.initial_probabilities[order]),
        "filtered": flat(np.asarray(fit.filtered_marginal_probabilities)[DAYS][:, order]),
        "smoothed": flat(np.asarray(fit.smoothed_marginal_probabilities)[DAYS][:, order]),
        "expectedDurations": flat(np.asarray(fit.expected_durations)[order]),
    }
    ahead = np.asarray(fit.filtered_marginal_probabilities)[-1]
    result["tenDaysAhead"] = flat((ahead @ np.linalg.matrix_power(transition, 10))[order])
    if states == 2:
        errors = dict(zip(model.param_names, map(float, fit.bse)))
        result["standardErrors"] = {
            "means": [errors[f"const[{k}]"] / 100 for k in order] if mean == "switching" else None,
            "variances": [errors[f"sigma2[{k}]"] / 1e4 for k in order],
            # p[i->0]; of two states the other column has the same error.
            "moves": [errors[f"p[{k}->0]"] for k in order],
        }
    return result


def main() -> None:
    warnings.simplefilter("ignore")
    frame = long_returns()
    write(
        "regimes/fixtures/regimes.json",
        {
            "days": DAYS,
            "hiddenMarkov": [{"series": s, "states": k, **hidden_markov(frame[s].to_numpy(), k)} for s, k in CASES],
            "switching": [{"series": s, "states": k, **switching(frame[s].to_numpy(), k, m, KNOWN.get(s) if k == 3 else None)} for s, k, m in SWITCHING],
        },
        1e-3,
    )


if __name__ == "__main__":
    main()
