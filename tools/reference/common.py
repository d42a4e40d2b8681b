"""Where the data is and where the numbers go."""

import gzip
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tools" / "replay" / "data"
TARGET = ROOT / "libs" / "risk-math" / "src"
LAST_DAY = "2018-12-31"
DAYS = 501

# What `write` found to differ from the committed numbers.
differences: list[str] = []


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


def write(path: str, content: dict, tolerance: float = 1e-9, loose: dict[str, float] | None = None) -> None:
    """Writes golden numbers, unless they are the committed ones within `tolerance`: then the committed file stays as it is.

    `tolerance` is relative to the largest number of the list (or to the number itself) and stands for what rounding
    changes from one processor to another; `loose` has the names for which a solver leaves more than that open.
    """
    target = TARGET / path
    committed = _committed(target)
    fresh = json.loads(json.dumps(content, allow_nan=False))
    found = [f"{path}: is new"] if committed is None else list(_compare(committed, fresh, tolerance, loose or {}, path))
    if found:
        differences.extend(found)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(fresh, indent=1) + "\n")
        with open(os.environ.get("REFERENCE_WRITTEN", os.devnull), "a") as list_of_files:
            list_of_files.write(f"{target}\n")
    print(f"{'wrote' if found else 'same '} {path}", flush=True)


def _committed(target: Path) -> dict | None:
    name = target.relative_to(ROOT).as_posix()
    answer = subprocess.run(["git", "show", f"HEAD:{name}"], cwd=ROOT, capture_output=True, text=True)
    return json.loads(answer.stdout) if answer.returncode == 0 else None


def _compare(old, new, tolerance: float, loose: dict[str, float], where: str) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old.keys() | new.keys():
            if key not in old or key not in new:
                yield f"{where}.{key}: {'is new' if key in new else 'is gone'}"
            else:
                yield from _compare(old[key], new[key], loose.get(key, tolerance), loose, f"{where}.{key}")
    elif _numbers(old) and _numbers(new) and len(old) == len(new):
        size = max((abs(value) for value in old), default=0.0)
        worst = max((abs(a - b) for a, b in zip(old, new)), default=0.0)
        if worst > tolerance * size:
            yield f"{where}: worst difference {worst:.3g}, of numbers up to {size:.6g}"
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (a, b) in enumerate(zip(old, new)):
            yield from _compare(a, b, tolerance, loose, f"{where}[{index}]")
    elif _numbers([old]) and _numbers([new]):
        if abs(old - new) > tolerance * abs(old):
            yield f"{where}: {old!r} became {new!r}"
    elif old != new:
        yield f"{where}: {_short(old)} became {_short(new)}"


def _numbers(values) -> bool:
    return isinstance(values, list) and all(
        isinstance(value, (int, float)) and not isinstance(value, bool) for value in values
    )


def _short(value) -> str:
    text = json.dumps(value)
    return text if len(text) < 80 else f"{text[:77]}…"
