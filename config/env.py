"""Settings from the environment: typed, and a wrong value stops the start with what to set."""

from __future__ import annotations

import os
import re
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent

BROKERS = ("redis", "rediss", "amqp", "amqps", "filesystem")


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


def number(name: str, default: int, most: int) -> int:
    """A whole number from 1 to `most`."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= most):
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to a whole number from 1 to {most}.")
    return int(value)


def secret(name: str, least: int, *, why: str) -> str:
    """A random string of at least `least` characters; its value is never repeated in a sentence."""
    value = text(name, why=why)
    if len(value) < least:
        raise ImproperlyConfigured(
            f"{name} is too short to be a secret: set it to {least} random characters or more."
        )
    return value


def one_of(name: str, default: str, known: tuple[str, ...]) -> str:
    """One of the words in `known`, in any case."""
    value = text(name, default).upper()
    if value not in known:
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to one of {', '.join(known)}.")
    return value


def url(name: str, schemes: tuple[str, ...], why: str, default: str | None = None) -> SplitResult:
    """An address with a host and one of `schemes`. It may hold a password, so a sentence never repeats it."""
    try:
        parts = urlsplit(text(name, default, why=why))
        known = parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # a port that is none, brackets that do not close
        known = False
    if not known:
        raise ImproperlyConfigured(f"{name} must begin with {schemes[0]}:// and name a host. {why}")
    return parts


def broker_options(broker: SplitResult) -> dict[str, Any]:
    """What Celery's transport wants to know besides the broker's address."""
    if broker.scheme == "filesystem":  # a folder that all programs of one machine see
        folder = broker.path
        return {"data_folder_in": folder, "data_folder_out": folder, "control_folder": f"{folder}/control"}
    return {"visibility_timeout": 3600} if broker.scheme in ("redis", "rediss") else {}


def provider_url(name: str) -> str:
    """Where to reach a provider instead of its own address; empty = its own. Plain http only to this machine."""
    if not os.environ.get(name, "").strip():
        return ""
    parts = url(name, ("https", "http"), "Leave it empty for the provider's own address.")
    if parts.username or parts.query or parts.fragment:
        raise ImproperlyConfigured(f"{name} must be scheme://host[:port][/path] with no user and no query.")
    if parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}:
        raise ImproperlyConfigured(f"{name} must begin with https:// unless it is on this machine.")
    return parts.geturl().rstrip("/")


def host(name: str, default: str) -> str:
    """A host name or an IP address, nothing else."""
    value = text(name, default)
    if not is_host(value):
        raise ImproperlyConfigured(
            f"{name} is {value!r}: set it to a host name alone, as in mail.example.com."
        )
    return value


def is_host(value: str) -> bool:
    """Whether this is a host name or an IP address, without scheme, port or path."""
    return bool(re.fullmatch(r"\[?[0-9a-f:]+:[0-9a-f:.]*\]?|[a-z0-9_]([a-z0-9_.-]{0,252})", value, re.I))


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
