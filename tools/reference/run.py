"""Makes the golden numbers again: every program of this folder, or those named as arguments.

A program is a module with `main()`, which calls `write`. Ends with 1 when a number differs from the committed one by
more than the tolerance of its program.
"""

import importlib
import sys
import time
from pathlib import Path

import common

NOT_PROGRAMS = {"common", "run"}


def programs() -> list[str]:
    found = sorted(file.stem for file in Path(__file__).parent.glob("*.py") if file.stem not in NOT_PROGRAMS)
    asked = sys.argv[1:]
    unknown = [name for name in asked if name not in found]
    if unknown:
        sys.exit(f"no such program: {', '.join(unknown)}; there are {', '.join(found)}")
    return asked or found


def main() -> None:
    for name in programs():
        start = time.perf_counter()
        importlib.import_module(name).main()
        print(f"{name}: {time.perf_counter() - start:.1f} s", flush=True)
    if common.differences:
        print("\nThese golden numbers differ from the committed ones:")
        print("\n".join(common.differences))
        sys.exit(1)
    print("\nevery golden number is as committed, within its program's tolerance")


if __name__ == "__main__":
    main()
