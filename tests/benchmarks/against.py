"""The section `sending`: the product and its peers in turn, then webhooks and STOPs; and its tables."""

from __future__ import annotations

import statistics
import sys
from typing import Any

from tests.benchmarks import hooks
from tests.benchmarks.sending import Run, field_of
from tests.benchmarks.servers import Servers

TEXTS, MAILS, SLOW = "sms", "email", 100  # SLOW: milliseconds until the provider answers
FEW = 1_000  # beside the whole outbox, for what memory does


def runs(number: int) -> list[Run]:
    """What is compared: each of the product's with the first of its peers named so."""
    half, some = number // 2, max(200, number // 6)
    return [
        Run("product, 2 processes", TEXTS, number),
        Run("product, 1 process", TEXTS, half, workers=1),
        Run("product, few", TEXTS, FEW),
        Run("aiohttp reference, 2 processes", TEXTS, number, peer="reference"),
        Run("Celery and Twilio's SDK", TEXTS, some, peer="celery"),
        Run("product, 2 processes", TEXTS, half, SLOW),
        Run("product, 1 process", TEXTS, half // 2, SLOW, workers=1),
        Run("Celery and Twilio's SDK, 32 threads", TEXTS, some // 2, SLOW, workers=32, peer="celery", pool="threads"),
        Run("aiohttp reference, 2 processes", TEXTS, number, SLOW, peer="reference"),
        Run("product, 2 processes", MAILS, number),
        Run("Celery and SendGrid's SDK", MAILS, some, peer="celery"),
        Run("django-post_office, 2 processes", MAILS, some * 2, peer="post_office"),
        Run("anymail, 1,000 a request", MAILS, number, peer="merged"),
        Run("product, 2 processes", MAILS, number, SLOW),
        Run("Celery and SendGrid's SDK, 32 threads", MAILS, some // 2, SLOW, workers=32, peer="celery", pool="threads"),
        Run("django-post_office, 2 processes", MAILS, some * 2, SLOW, peer="post_office"),
        Run("anymail, 1,000 a request", MAILS, number, SLOW, peer="merged"),
    ]  # fmt: skip


def everything(servers: Servers, number: int, rounds: int) -> dict[str, Any]:
    """All of it, each run `rounds` times in turn; of a run's rounds the one with the middle rate."""
    key, shown = hooks.new_key()
    with field_of(servers, number, shown) as field:
        taken: dict[Run, list[dict[str, Any]]] = {}
        for _ in range(rounds):
            for run in runs(number):
                taken.setdefault(run, []).append(field.measure(run))
                print(
                    f"  {run.channel}, {run.name}: {taken[run][-1]['a_second']:,.0f}/s",
                    file=sys.stderr,
                    flush=True,
                )
        return {
            "runs": [_middle(found) for found in taken.values()], "events": hooks.events(field, key, number),
            "stops": hooks.stops(field, number),
        }  # fmt: skip


def _middle(found: list[dict[str, Any]]) -> dict[str, Any]:
    rate = statistics.median_low(each["a_second"] for each in found)
    return next(each for each in found if each["a_second"] == rate) | {
        "rates": [round(each["a_second"]) for each in found]
    }


def shown(found: dict[str, Any]) -> str:
    """Rates with their ratio to each peer of the same channel and latency; webhooks; STOPs."""
    lines = [f"{'SENDING':<40}{'latency':>9}{'taken':>8}{'a second':>10}{'CPU ms: app':>13}{'pg':>7}{'MB':>6}   product's ratio: rate, CPU"]  # fmt: skip
    lines += [
        f"{each['channel'] + ', ' + each['name']:<40}{each['latency_ms']:>6} ms{each['messages']:>8,}{each['a_second']:>10,.0f}"
        f"{each['app_ms']:>13.2f}{each['database_ms']:>7.2f}{each['memory_mb']:>6.0f}{_ratio(each, found['runs'])}"
        for each in found["runs"]
    ]
    lines += [
        f"webhooks, {each['name']:<30}{each['events']:>17,}{each['a_second']:>10,.0f}{each['cpu_ms']:>13.3f}"
        f"   answered {each['acknowledged_a_second']:,.0f}/s, a post {each['post_p50_ms']:.0f} ms, worst {each['post_worst_ms']:.0f}"
        for each in found["events"]
    ]
    stop = found["stops"]
    lines.append(
        f"STOP to enforced at {stop['texts_a_second']:,.0f} texts/s: p50 {stop['p50_ms']:.0f} ms, p99 {stop['p99_ms']:.0f} ms, worst "
        f"{stop['worst_ms']:.0f} ms of {stop['said']}; to stored p99 {stop['stored_p99_ms']:.0f} ms; begun after enforced: {stop['begun_after']}"
    )
    return "\n".join(lines)


def _ratio(peer: dict[str, Any], every: list[dict[str, Any]]) -> str:
    if peer["name"].startswith("product"):
        return ""
    same = (peer["channel"], peer["latency_ms"])
    ours = next(each for each in every if (each["channel"], each["latency_ms"]) == same)
    rate = ours["a_second"] / peer["a_second"]
    cpu = (peer["app_ms"] + peer["database_ms"]) / (ours["app_ms"] + ours["database_ms"])
    return f"   {rate:.1f}x, {cpu:.1f}x"
