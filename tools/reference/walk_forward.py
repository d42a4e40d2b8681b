"""A walk forward of inverse volatility on the 20 shares, by skfolio and written out with drift and costs."""

import numpy as np
from skfolio.model_selection import WalkForward, cross_val_predict
from skfolio.optimization import InverseVolatility

from common import flat, share_returns, write

TRAINING, TEST, COST = 100, 21, 0.001


def drifting(x: np.ndarray) -> tuple[list[float], float, float]:
    """Holdings move with prices; every trade costs COST of its value, on the day after."""
    held = np.zeros(x.shape[1])
    daily, turnover = [], 0.0
    for start in range(TRAINING, len(x), TEST):
        weights = 1 / x[start - TRAINING : start].std(axis=0, ddof=1)
        weights /= weights.sum()
        traded = np.abs(weights - held).sum()
        turnover += traded
        value = weights.copy()
        before = 1.0
        for day, row in enumerate(x[start : start + TEST]):
            value *= 1 + row
            after = value.sum()
            daily.append(after / before - 1 - (COST * traded if day == 0 else 0))
            before = after
        held = value / value.sum()
    return daily, turnover, COST * turnover


def main() -> None:
    x = share_returns()
    daily, turnover, cost = drifting(x)
    prediction = cross_val_predict(InverseVolatility(), x, cv=WalkForward(train_size=TRAINING, test_size=TEST))
    write(
        "walk-forward/fixtures/walk-forward.json",
        {
            "trainingDays": TRAINING,
            "testDays": TEST,
            "costRate": COST,
            "dailyReturns": daily,
            "turnover": float(turnover),
            "cost": float(cost),
            "skfolio": flat(prediction.returns),
        },
    )


if __name__ == "__main__":
    main()
