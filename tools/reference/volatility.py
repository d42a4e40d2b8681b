"""Range-based variances and heterogeneous autoregressions: pandas and statsmodels on seeded synthetic bars."""

import numpy as np
import pandas as pd
import statsmodels.api as sm

from common import flat, write

DAYS = 300
WINDOW = 20


def bars() -> pd.DataFrame:
    """A price with nights, 78 steps a day, a drift, and a variance that moves."""
    rng = np.random.default_rng(2018)
    price, variance, rows = 100.0, 1e-4, []
    for _ in range(DAYS):
        variance = 4e-6 + 0.9 * variance + 0.06 * variance * rng.standard_normal() ** 2
        price *= np.exp(0.3 * np.sqrt(variance) * rng.standard_normal())
        path = price * np.exp(np.cumsum(2e-6 + np.sqrt(variance / 78) * rng.standard_normal(78)))
        day = np.round(np.concatenate([[price], path]), 6)
        rows.append((day[0], day.max(), day.min(), day[-1]))
        price = day[-1]
    return pd.DataFrame(rows, columns=["open", "high", "low", "close"])


def ranges(frame: pd.DataFrame) -> dict:
    log = np.log(frame)
    o, h, l, c = log["open"], log["high"], log["low"], log["close"]
    rogers_satchell = (h - c) * (h - o) + (l - c) * (l - o)
    night = (o - c.shift()).rolling(WINDOW).var(ddof=1)
    day = (c - o).rolling(WINDOW).var(ddof=1)
    k = 0.34 / (1.34 + (WINDOW + 1) / (WINDOW - 1))
    yang_zhang = night + k * day + (1 - k) * rogers_satchell.rolling(WINDOW).mean()
    return {
        "parkinson": flat((h - l) ** 2 / (4 * np.log(2))),
        "garmanKlass": flat(0.5 * (h - l) ** 2 - (2 * np.log(2) - 1) * (c - o) ** 2),
        "rogersSatchell": flat(rogers_satchell),
        "yangZhang": flat(yang_zhang.dropna()),
    }


def har(measure: pd.Series, horizon: int, form: str) -> dict:
    values = np.log(measure) if form == "logarithm" else measure
    design = pd.DataFrame({"constant": 1.0, **{f"last{lag}": values.rolling(lag).mean() for lag in (1, 5, 22)}})
    ahead = measure.rolling(horizon).mean().shift(-horizon)
    target = np.log(ahead) if form == "logarithm" else ahead
    usable = design.notna().all(axis=1) & target.notna()
    x, y = design[usable].to_numpy(copy=True), target[usable].to_numpy(copy=True)
    lags = max(horizon - 1, int(np.floor(4 * (len(y) / 100) ** (2 / 9))))
    # In units near 1, so that the normal equations keep their digits; the constant is scaled back.
    unit = 1.0 if form == "logarithm" else float(measure.mean())
    x[:, 1:] /= unit
    fit = sm.OLS(y / unit, x).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": False})
    last = design.iloc[-1].to_numpy(copy=True)
    last[1:] /= unit
    predicted = float(fit.params @ last)
    variance = float(fit.ssr / fit.df_resid)
    scale = np.array([unit, 1, 1, 1])
    return {
        "horizonDays": horizon,
        "form": form,
        "coefficients": flat(fit.params * scale),
        "standardErrors": flat(fit.bse * scale),
        "rSquared": float(fit.rsquared),
        "observations": len(y),
        "forecast": float(np.exp(predicted + variance / 2) if form == "logarithm" else unit * predicted),
    }


def main() -> None:
    frame = bars()
    found = ranges(frame)
    measure = pd.Series(found["parkinson"])
    write(
        "volatility/fixtures/range.json",
        {
            "window": WINDOW,
            "bars": {name: flat(frame[name]) for name in frame.columns},
            "variances": found,
            "har": [har(measure, horizon, form) for horizon in (1, 5) for form in ("variance", "logarithm")],
        },
    )


if __name__ == "__main__":
    main()
