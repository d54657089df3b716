"""The section `profile`: one text, one mail and one event, taken apart (tests.benchmarks.profiling), and its tables."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from config.env import ROOT
from tests.benchmarks import hooks
from tests.benchmarks.sending import Field, Run, field_of
from tests.benchmarks.servers import Servers


def everything(servers: Servers, number: int) -> dict[str, Any]:
    """Texts; mails; then ten events about each of the mails."""
    key, shown = hooks.new_key()
    with field_of(servers, number, shown) as field:
        found = {}
        for called, channel, provider in (("texts", "sms", "twilio"), ("mails", "email", "sendgrid")):
            field.begin(0)
            field.filled(Run(called, channel, number))
            found[called] = _ask(field, "profiling.sending", provider)
            counts = field.stub.counts()
            assert counts["distinct"] == counts["messages"], "somebody got it twice"
        posts = hooks.posts_about(_ask(field, "profiling.attempts"), key)
        file = servers.home / "posts.json"
        file.write_text(json.dumps([(body.decode(), headers) for body, headers in posts]))
        found["events"] = _ask(field, "profiling.events", str(file))
        return found


def _ask(field: Field, measure: str, *given: str) -> Any:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.child", measure, *given],
        cwd=ROOT, env=field.product_env(), stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return json.loads(ran.stdout.splitlines()[-1])


def shown(found: dict[str, Any]) -> str:
    """Stages, dearest first."""
    lines = []
    for called, each in found.items():
        whole = each["app_ms"] + each["database_ms"]
        lines.append(
            f"PROFILE of {called}: {each['number']:,} in {each['seconds']:.1f} s by one process; ms of CPU each"
        )
        lines.append(f"  {'':<40}{'here':>9}{'PostgreSQL':>12}{'share':>8}")
        stages = sorted(each["stages"].items(), key=lambda stage: -sum(stage[1]))
        lines += [
            f"  {name:<40}{app:>9.4f}{database:>12.4f}{(app + database) / whole:>8.0%}"
            for name, (app, database) in stages
        ]
        lines.append(f"  {'in all':<40}{each['app_ms']:>9.4f}{each['database_ms']:>12.4f}")
    return "\n".join(lines)
