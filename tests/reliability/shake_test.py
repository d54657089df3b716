"""`python -m tests.reliability.shake_test crash --times 50`: the last line is the verdict; the exit code is 1 when a promise broke.

crash: the database stops at once and starts again. leave: workers are told to leave, one after the other. forget: the
broker loses everything.
"""

from __future__ import annotations

import argparse
import atexit
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.reliability.kill_test import servers

SHAKES = ("crash", "leave", "forget")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.reliability.shake_test", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("shake", choices=SHAKES)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=200, help="people of a clinic")
    chosen = parser.parse_args()
    server = servers()

    import django

    django.setup()
    from tests.reliability.killing import stage
    from tests.reliability.shaking import Shaken, crash_of, forget, leave

    shake = {"crash": crash_of(server), "leave": leave, "forget": forget}[chosen.shake]
    home = Path(tempfile.mkdtemp(prefix="cts-shake-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    began = time.monotonic()
    with stage(home) as on:
        run = Shaken(on, chosen.times, chosen.seed, shake, chosen.batch)
        verdict = run.verdict()
        not_kept = run.not_kept()
    print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
    told = {name: count for name, count in verdict.as_dict().items() if name != "kills"}
    more = {"webhooks": len(run.poster.answered) if run.poster else 0, "not_kept": not_kept,
            "resumed_in": round(run.longest, 1), "left_in": round(run.drained, 1)}  # fmt: skip
    print(json.dumps({"times": verdict.kills, **told, **more}), flush=True)
    return 0 if verdict.kept and not not_kept else 1


if __name__ == "__main__":
    sys.exit(main())
