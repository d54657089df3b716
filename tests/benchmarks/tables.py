"""The figures as tables a person reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.benchmarks import against, crowding, profiles

WAVE = "64"  # messages, as a worker takes them


def importing(found: dict[str, Any]) -> str:
    """Rows a second, and how many times the peers'."""
    peer = found["in_batches"]
    lines = [
        _row("IMPORT", "rows", "rows/s", "rows/CPU s", "x bulk (CPU)", "app ms/row", "pg ms/row", "peak MB")
    ]
    for name, each in found.items():
        ratio = each["rows_a_cpu_second"] / peer["rows_a_cpu_second"]
        lines.append(
            _row(
                name, f"{each['rows']:,}", f"{each['rows_a_second']:,.0f}", f"{each['rows_a_cpu_second']:,.0f}", f"{ratio:.2f}",
                f"{each['app_ms_a_row']:.3f}", f"{each['database_ms_a_row']:.3f}", f"{each['peak_mb']:.0f}",
            )
        )  # fmt: skip
    return "\n".join(lines)


def preview(found: dict[str, Any]) -> str:
    """The whole, and what each check adds."""
    lines = [
        _row("PREVIEW", "people", "first: s", "s", "pg CPU s", "no checks: s", "CPU s"),
        _row(
            "every check", f"{found['people']:,}", f"{found['first_seconds']:.1f}", f"{found['seconds']:.1f}", f"{found['database_cpu']:.1f}",
            f"{found['without_checks_seconds']:.1f}", f"{found['without_checks_cpu']:.1f}",
        ),
    ]  # fmt: skip
    costs = sorted(found["by_check"].items(), key=lambda item: -item[1])
    lines.append(_row("what each check adds", "us CPU each"))
    return "\n".join([*lines, *(_row(f"  + {code}", f"{cost:.2f}") for code, cost in costs)])


def planning(found: dict[str, Any]) -> str:
    """One plan and its repetition."""
    return "\n".join(
        [
            _row("PLANNING", "messages", "s", "pg CPU s", "us CPU each", "again: s", "rows"),
            _row(
                "plan", f"{found['messages']:,}", f"{found['seconds']:.1f}", f"{found['database_cpu']:.1f}", f"{found['us_cpu_a_message']:.0f}",
                f"{found['again_seconds']:.1f}", str(found["again_added"]),
            ),
        ]
    )  # fmt: skip


def claim(found: dict[str, Any]) -> str:
    """Milliseconds a wave by its size and the size of the outbox; of the judging alone, three ways to ask."""
    head = ("prepare p50", "p99", "claim p50", "p99", "its CPU", "CPU in all")
    lines = [_row("CLAIM, ms a wave", "rows", *head)]
    for each in found.values():
        for size, wave in each["waves"].items():
            numbers = [
                wave["prepare_ms"]["p50"], wave["prepare_ms"]["p99"], wave["claim_ms"]["p50"], wave["claim_ms"]["p99"],
                wave["claim_cpu_ms"], wave["cpu_ms_a_wave"],
            ]  # fmt: skip
            lines.append(
                _row(f"wave of {size}", f"{each['rows']:,}", *(f"{number:.1f}" for number in numbers))
            )
        queries = " and ".join(f"{count} for {size}" for size, count in each["queries_of_prepare"].items())
        judging = ", ".join(
            f"{each[name]['p50']:.1f} {how}"
            for name, how in (("django_writes_ms", "to write the SQL"), ("runs_unprepared_ms", "plain"), ("runs_prepared_ms", "prepared"))
        )  # fmt: skip
        lines.append(f"  queries of prepare: {queries}; judging 64: {judging}")
    return "\n".join(lines)


def growth(found: dict[str, Any]) -> str:
    """A line a size, and how many times the smallest."""
    lines = [
        f"{'GROWTH, ms a wave of 64':<26}{'prepare p50':>12}{'claim p50':>11}{'p99':>8}{'CPU in all':>12}{'to the first':>14}"
        f"{'pages: due':>12}{'judge':>8}{'outbox MB':>11}{'its index of due':>18}"
    ]  # fmt: skip
    first = next(iter(found.values()))["waves"][WAVE]["cpu_ms_a_wave"]
    for size, each in found.items():
        wave = each["waves"][WAVE]
        lines.append(
            f"{int(size):>20,} rows {wave['prepare_ms']['p50']:>12.1f}{wave['claim_ms']['p50']:>11.1f}{wave['claim_ms']['p99']:>8.1f}"
            f"{wave['cpu_ms_a_wave']:>12.1f}{wave['cpu_ms_a_wave'] / first:>13.2f}x{each['due']['pages']:>12,}{each['judge']['pages']:>8,}"
            f"{each['table_mb'] + each['indexes_mb']:>11,.0f}{each['message_due_mb']:>18,.0f}"
        )
    ways = {name for each in found.values() for name in each["due"]["by"]}
    return "\n".join([*lines, f"  what is due is found by {', '.join(sorted(ways))}"])


def domains(found: dict[str, Any]) -> str:
    """One look at every domain, and the repetition that asks nothing."""
    head = ("domains", "s", "a second", "app ms", "pg ms", "at once", "again: s", "peak MB")
    numbers = (
        f"{found['domains']:,}", f"{found['seconds']:.1f}", f"{found['a_second']:,.0f}", f"{found['app_ms']:.3f}",
        f"{found['database_ms']:.3f}", str(found["most_at_once"]), f"{found['again_seconds']:.2f}", f"{found['peak_mb']:.0f}",
    )  # fmt: skip
    return "\n".join([_row("DOMAINS", *head), _row("each in 20 ms", *numbers)])


def bookings(found: dict[str, Any]) -> str:
    """Files of appointments, short and long, and how one too long ends."""
    lines = [_row("APPOINTMENTS", "upload s", "s", "a second", "CPU ms a row", "peak MB")]
    for each in found["files"]:
        numbers = (
            ("upload_seconds", ".1f"),
            ("seconds", ".1f"),
            ("rows_a_second", ",.0f"),
            ("ms_a_row", ".2f"),
            ("peak_mb", ".0f"),
        )
        lines.append(_row(f"{each['rows']:,} lines", *(format(each[name], shape) for name, shape in numbers)))
        lines += [f"  refused: {each['refused']}"] if each["refused"] else []
    return "\n".join(lines)


def pages(found: dict[str, Any]) -> str:
    """Milliseconds and queries a page."""
    lines = [_row("PAGES", "ms p50", "worst", "CPU ms", "queries")]
    for name, each in found.items():
        lines.append(
            _row(
                name,
                f"{each['wall_ms']['p50']:.0f}",
                f"{each['wall_ms']['p99']:.0f}",
                f"{each['cpu_ms']['p50']:.0f}",
                str(each["queries"]),
            )
        )
    return "\n".join(lines)


def named(found: dict[str, Any]) -> str:
    """One figure a line."""
    return "\n".join(
        _row(name, f"{value:,.1f}" if isinstance(value, float) else str(value))
        for name, value in found.items()
    )


def _row(first: str, *rest: str) -> str:
    return f"{first:<28}" + "".join(f"{each:>14}" for each in rest)


SHOWN: dict[str, Callable[[dict[str, Any]], str]] = {
    "import": importing,
    "preview": preview,
    "planning": planning,
    "claim": claim,
    "growth": growth,
    "pages": pages,
    "talk": pages,
    "report": pages,
    "ending": named,
    "domains": domains,
    "bookings": bookings,
    "sending": against.shown,
    "profile": profiles.shown,
    "processes": crowding.processes_shown,
    "memory": crowding.memory_shown,
    "restore": named,
}
