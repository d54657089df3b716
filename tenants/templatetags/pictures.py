"""Pictures of numbers: progress, funnel, bars against limits, lines over time. Loaded with `parts`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django import template

register = template.Library()


@register.inclusion_tag("parts/progress.html")
def progress(done: int, total: int, label: str = "", unit: str = "") -> dict[str, Any]:
    """How far something is, with the count in words."""
    return {"done": done, "total": total, "label": label, "unit": unit}


@register.inclusion_tag("parts/funnel.html")
def funnel(rows: Iterable[Mapping[str, Any]], caption: str = "") -> dict[str, Any]:
    """From everyone to clear. Rows: label, count; optionally drop (what left here), href, answer, says."""
    shown = [dict(row) for row in rows]
    most = max([int(row["count"]) for row in shown], default=0) or 1
    for row in shown:
        row["width"] = _of_hundred(row["count"], most)
    return {"rows": shown, "caption": caption}


@register.inclusion_tag("parts/bars.html")
def bars(rows: Iterable[Mapping[str, Any]], caption: str = "") -> dict[str, Any]:
    """Bars against limits. Rows: label, value; optionally text, limit, limit_text, answer, href."""
    shown = [dict(row) for row in rows]
    most = max([float(max(row["value"], row.get("limit") or 0)) for row in shown], default=0) or 1
    for row in shown:
        limit = row.get("limit")
        # With a limit the line stands at two thirds, so that going over it can be seen.
        scale = float(limit) * 1.5 if limit else most
        row["width"] = _of_hundred(row["value"], scale)
        row["line"] = _of_hundred(limit, scale) if limit else None
    return {"rows": shown, "caption": caption}


def _of_hundred(part: Any, whole: float) -> str:
    """SVG length on a scale of 100, dot as decimal sign whatever the language."""
    return f"{min(100.0, max(0.0, 100 * float(part) / whole)):.2f}"


@register.inclusion_tag("parts/line_chart.html")
def line_chart(
    ident: str,
    caption: str,
    times: Sequence[datetime],
    series: Sequence[Mapping[str, Any]],
    zone: str = "UTC",
) -> dict[str, Any]:
    """A chart over time, drawn by app.js, with its table for those who do not see it.

    `series`: label, values (one for each time), optionally tone (clear, waiting, held, accent, ink).
    """
    lines = [
        {"label": s["label"], "tone": s.get("tone", "accent"), "values": list(s["values"])} for s in series
    ]
    return {
        "ident": ident,
        "caption": caption,
        "zone": zone,
        "lines": lines,
        "data": {"zone": zone, "times": [int(at.timestamp()) for at in times], "lines": lines},
        "rows": [(at, [line["values"][i] for line in lines]) for i, at in enumerate(times)],
    }
