"""Where the data is and where the numbers go."""

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tools" / "replay" / "data"
TARGET = ROOT / "libs" / "risk-math" / "src"
LAST_DAY = "2018-12-31"
DAYS = 501


def prices() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Closes of the shares with SP500, and of the funds, on the same days."""
    with gzip.open(DATA / "us-equities-1990-2022.csv.gz", "rt") as file:
        shares = pd.read_csv(file, index_col="Date")
    with gzip.open(DATA / "factor-etfs-2014-2022.csv.gz", "rt") as file:
        funds = pd.read_csv(file, index_col="Date")
    shares = shares.loc[:LAST_DAY].tail(DAYS)
    return shares, funds.loc[shares.index]


def returns() -> tuple[pd.DataFrame, pd.DataFrame]:
    shares, funds = prices()
    return shares.pct_change().iloc[1:], funds.pct_change().iloc[1:]


def share_returns() -> np.ndarray:
    """T×20, without the index."""
    return returns()[0].drop(columns="SP500").to_numpy()


def flat(matrix) -> list[float]:
    return [float(value) for value in np.asarray(matrix, dtype=float).ravel()]


def write(path: str, content: dict) -> None:
    target = TARGET / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(content, indent=1) + "\n")
    print(f"wrote {path}")
