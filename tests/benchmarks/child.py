"""One measure in a process of its own: `python -m tests.benchmarks.child importing.product list.csv` prints JSON."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import django


def main(name: str, *given: str) -> None:
    """Run `module.function` with the arguments given: numbers and paths."""
    django.setup()
    module, _, function = name.partition(".")
    arguments = [int(each) if each.isdigit() else Path(each) for each in given]
    answer = getattr(importlib.import_module(f"tests.benchmarks.{module}"), function)(*arguments)
    print(json.dumps(answer, default=vars))


if __name__ == "__main__":
    main(*sys.argv[1:])
