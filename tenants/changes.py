"""What must follow when a client's settings change. Rooms to the right say here what they do about it."""

from __future__ import annotations

from collections.abc import Callable, Set

from tenants.models import Client

Follower = Callable[[Client, Set[str]], None]
_followers: list[Follower] = []


def follow(follower: Follower) -> None:
    """Have `follower(client, names of the changed fields)` called in the transaction of every change."""
    if follower not in _followers:
        _followers.append(follower)


def tell(client: Client, fields: Set[str]) -> None:
    """Call it after saving, inside the client's scope."""
    for follower in _followers:
        follower(client, fields)
