"""A walk forward of equal risk contributions by skfolio."""

import numpy as np
from skfolio import RiskMeasure
from skfolio.model_selection import WalkForward, cross_val_predict
from skfolio.optimization import RiskBudgeting


def skfolio(inputs, parameters):
    returns = inputs["returns"]
    split = WalkForward(train_size=parameters["training"], test_size=parameters["test"])
    model = RiskBudgeting(risk_measure=RiskMeasure.VARIANCE)
    return lambda: np.asarray(cross_val_predict(model, returns, cv=split).returns)


PEERS = {"skfolio": skfolio}
