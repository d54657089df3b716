"""Settings from the environment: typed, and a wrong value stops the start with what to set."""

from __future__ import annotations

import os
from decimal import Decimal, InvalidOperation
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent


def load_running_demo() -> None:
    """Let `manage.py` in this checkout talk to the servers of a running demo.

    The demo writes `var/demo.env` (KEY=VALUE lines) while it runs. Whatever the environment
    already says wins; `CTS_ENV_FILE=` (empty) switches this off.
    """
    name = os.environ.get("CTS_ENV_FILE", str(ROOT / "var" / "demo.env"))
    if not name or not Path(name).is_file():
        return
    for line in Path(name).read_text().splitlines():
        key, found, value = line.partition("=")
        if found:
            os.environ.setdefault(key.strip(), value.strip())


def text(name: str, default: str | None = None, *, why: str = "") -> str:
    """The value of `name`, or `default`; without either the start stops with a sentence."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is not None:
        return default
    raise ImproperlyConfigured(f"Set {name} in the environment. {why}".strip())


def flag(name: str, default: bool = False) -> bool:
    """True for 1, true, yes, on; False for 0, false, no, off."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}: set it to 1 or 0.")


def number(name: str, default: int) -> int:
    """A whole number."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to a whole number.") from None


def dollars(name: str, default: str) -> Decimal:
    """An amount of money, as in 0.0125."""
    value = os.environ.get(name, "").strip() or default
    try:
        amount = Decimal(value)
    except InvalidOperation:
        amount = Decimal(-1)
    if not (amount.is_finite() and amount >= 0):
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to an amount in dollars, as in {default}.")
    return amount


def several(name: str, default: str = "") -> list[str]:
    """Values separated by commas, blanks dropped."""
    return [part.strip() for part in (os.environ.get(name) or default).split(",") if part.strip()]
