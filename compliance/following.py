"""What follows a change of a client's settings: other fingerprints, other windows."""

from __future__ import annotations

from collections.abc import Set

from campaigns.fingerprint import refresh_client
from compliance.windows import draw
from tenants.models import Client

HOURS = {"hours_from", "hours_until", "days"}


def after_change(client: Client, fields: Set[str]) -> None:
    """In the transaction of the change, so that no claim ever sees new hours with old windows."""
    refresh_client(client)
    if HOURS & fields:
        draw(client, anew=True)
