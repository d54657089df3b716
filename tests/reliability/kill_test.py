"""`make kill-test KILLS=1000 SEED=1`: the last line is the verdict; the exit code is 1 when a promise broke.

BREAK=nolock, requeue, norecheck, nosweep or nobarrier takes one safeguard away: then it must fail.
"""

from __future__ import annotations

import argparse
import atexit
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from config.servers.postgres import Postgres
from tests import servers_plugin
from tests.environment import VALUES

BREAKS = ("", "nolock", "requeue", "norecheck", "nosweep", "nobarrier")
DATABASE = "cts_kill_test"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.reliability.kill_test", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--minutes",
        type=float,
        default=600,
        help="stop killing after so many, and say how many kills it were",
    )
    parser.add_argument(
        "--batch", type=int, default=200, help="people of a clinic; more clinics come as they are needed"
    )
    chosen = parser.parse_args()
    without = os.environ.get("BREAK", "")
    if without not in BREAKS:
        parser.error(f"BREAK is {without!r}: use one of {', '.join(BREAKS[1:])}, or nothing.")
    servers()

    import django

    django.setup()
    from tests.reliability.killing import Run, stage

    home = Path(tempfile.mkdtemp(prefix="cts-kill-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    began = time.monotonic()
    with stage(home) as on:
        verdict = Run(on, chosen.kills, chosen.seed, without, chosen.batch, chosen.minutes).verdict()
    print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
    print(json.dumps(verdict.as_dict()), flush=True)
    return 0 if verdict.kept else 1


def servers() -> Postgres:
    """PostgreSQL and Valkey of this run alone, with a database made from the tests' template."""
    from config.servers import databases

    os.environ.update(
        {name: value for name, value in VALUES.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    )
    server = servers_plugin._start()
    os.environ["DATABASE_URL"] = f"{os.environ['TEST_APP_BASE']}/{DATABASE}"
    os.environ["REDIS_URL"] = f"{os.environ['TEST_REDIS_BASE']}/0"
    databases.copy(os.environ["TEST_ADMIN_URL"], servers_plugin.TEMPLATE, DATABASE)
    return server


if __name__ == "__main__":
    sys.exit(main())
