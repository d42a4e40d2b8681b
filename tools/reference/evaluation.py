"""A portfolio of three strategies, one share in two of them, evaluated by pandas."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from common import flat, prices, returns, write

CONFIDENCE = 0.95
NAV = 1_000_000.0


def main() -> None:
    shares, _ = returns()
    ids = list(shares.columns)
    x = shares.to_numpy()
    sigma = np.cov(x, rowvar=False, ddof=1)
    rng = np.random.default_rng(11)
    names = [name for name in ids if name != "SP500"]
    rows = [
        {
            "strategy": ["growth", "value", "defensive"][i % 3],
            "sector": ["Energy", "Technology", "Health", "Staples"][i % 4],
            "issuer": names[i] if i % 5 else "Conglomerate",
            "instrumentId": names[i],
            "value": float(np.round(rng.normal(45_000, 25_000), 2)),
        }
        for i in range(len(names))
    ]
    rows.append({**rows[0], "strategy": "value", "value": -20_000.0})
    leaves = pd.DataFrame(rows)
    leaves["weight"] = leaves["value"] / NAV
    at = np.array([ids.index(name) for name in leaves["instrumentId"]])
    w = np.zeros(len(ids))
    np.add.at(w, at, leaves["weight"].to_numpy())
    market = np.eye(len(ids))[ids.index("SP500")]

    deviation = np.sqrt(w @ sigma @ w)
    leaves["volatility"] = leaves["weight"] * (sigma @ w)[at] / deviation * np.sqrt(252)
    active = w - market
    tracking = np.sqrt(active @ sigma @ active)
    leaves["trackingError"] = leaves["weight"] * (sigma @ active)[at] / tracking * np.sqrt(252)
    losses = -(x @ w)
    order = np.argsort(losses)[::-1]
    mass = (1 - CONFIDENCE) * len(losses)
    q = np.zeros(len(losses))
    q[order[: int(round(mass))]] = 1 / round(mass)
    leaves["historicalEs"] = leaves["weight"] * -(q @ x)[at]

    def alone(part: pd.DataFrame) -> dict:
        v = np.zeros(len(ids))
        np.add.at(v, at[part.index], part["weight"].to_numpy())
        s = np.sqrt(v @ sigma @ v)
        own = -(x @ v)
        return {
            "volatility": s * np.sqrt(252),
            "var": norm.ppf(CONFIDENCE) * s,
            "es": norm.pdf(norm.ppf(CONFIDENCE)) / (1 - CONFIDENCE) * s,
            "historicalVar": float(np.quantile(own, CONFIDENCE)),
            "historicalEs": float(np.sort(own)[::-1][: int(round(mass))].mean()),
        }

    def nodes() -> dict:
        found = {"portfolio": leaves}
        found |= {f"strategy:{key}": part for key, part in leaves.groupby("strategy")}
        found |= {f"sector:{a}/{b}": part for (a, b), part in leaves.groupby(["strategy", "sector"])}
        found |= {f"leaf:{a}/{b}": part for (a, b), part in leaves.groupby(["strategy", "instrumentId"])}
        found |= {f"issuer:{key}": part for key, part in leaves.groupby("issuer")}
        found |= {f"sectorTotal:{key}": part for key, part in leaves.groupby("sector")}
        found |= {f"instrument:{key}": part for key, part in leaves.groupby("instrumentId")}
        return found

    def concentration(part: pd.DataFrame, by: str) -> dict:
        gross = part["weight"].abs().groupby(part[by]).sum().sort_values(ascending=False)
        shares = gross / gross.sum()
        return {
            "largest": float(gross.iloc[0]),
            "topFive": float(gross.iloc[:5].sum()),
            "herfindahl": float((shares**2).sum()),
            "effectiveNumber": float(1 / (shares**2).sum()),
        }

    write(
        "evaluation/fixtures/evaluation.json",
        {
            "nav": NAV,
            "instrumentIds": ids,
            "leaves": rows,
            "totals": {**alone(leaves), "trackingError": tracking * np.sqrt(252)},
            "beta": float(w @ sigma @ market / (market @ sigma @ market)),
            "benchmarkContribution": float(-(sigma @ active)[ids.index("SP500")] / tracking * np.sqrt(252)),
            "concentrationByInstrument": concentration(leaves, "instrumentId"),
            "concentrationByIssuer": concentration(leaves, "issuer"),
            "nodes": {
                key: {
                    "value": float(part["value"].sum()),
                    "gross": float(part["weight"].abs().sum()),
                    "contributions": {
                        name: float(part[name].sum()) for name in ("volatility", "trackingError", "historicalEs")
                    },
                    "standAlone": alone(part),
                }
                for key, part in nodes().items()
            },
        },
    )


if __name__ == "__main__":
    main()
