"""What the demo prints when it is up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_COLUMNS = ("email", "password", "role", "agency", "client")


def sign_ins(url: str, simulator_url: str, accounts: Sequence[Mapping[str, Any]], seconds: float) -> str:
    """The addresses and a table of sign-ins, as plain text."""
    lines = [
        "",
        f"Clear to Send is up ({seconds:.0f} s):  {url}",
        f"The simulated providers:    {simulator_url}",
        "",
    ]
    rows = [_COLUMNS, *(tuple(str(account.get(name) or "") for name in _COLUMNS) for account in accounts)]
    if accounts:
        widths = [max(len(row[i]) for row in rows) for i in range(len(_COLUMNS))]
        lines += [
            "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        lines.append("")
    lines.append("Logs are in var/log. Ctrl-C stops everything; RESET=1 starts over with fresh data.")
    return "\n".join(lines)
