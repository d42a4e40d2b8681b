"""Holds the Python peers of one row: reads lines of JSON, prepares, computes and times what they ask for."""

import importlib
import json
import os
import sys
import time
import traceback
import warnings
from pathlib import Path

import numpy as np

# Libraries print; the answers have a channel of their own.
CHANNEL = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
sys.path.insert(0, str(Path(__file__).parent))
warnings.filterwarnings("ignore")


def answer(content: dict) -> None:
    CHANNEL.write(json.dumps(content) + "\n")
    CHANNEL.flush()


def main() -> None:
    call = None
    for line in sys.stdin:
        question = json.loads(line)
        try:
            if question["action"] == "prepare":
                inputs = {
                    name: np.fromfile(array["file"]).reshape(array["shape"])
                    for name, array in question["inputs"].items()
                }
                prepare = importlib.import_module(question["row"].replace("-", "_")).PEERS[question["peer"]]
                call = prepare(inputs, question["parameters"])
                answer({"ok": True})
            elif question["action"] == "result":
                np.ascontiguousarray(call(), dtype=float).ravel().tofile(question["file"])
                answer({"ok": True})
            else:
                repeats = question["repeats"]
                start = time.perf_counter()
                for _ in range(repeats):
                    call()
                answer({"ok": True, "milliseconds": (time.perf_counter() - start) * 1000 / repeats})
        except Exception:
            answer({"ok": False, "error": traceback.format_exc(limit=4)})


main()
