"""How much one key may ask in a minute. Counted in the cache: losing it forgets the count, never a request."""

from __future__ import annotations

import time
from typing import Any

from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

A_MINUTE = 600  # requests of one key
BULK_COSTS = 20  # a bulk request weighs as much as this many


class PerToken(BaseThrottle):
    """Sixty-second windows, one count for each key."""

    def allow_request(self, request: Request, view: Any) -> bool:
        if request.auth is None:
            return True  # refused as unknown anyway
        return within(f"api:{request.auth.pk}", BULK_COSTS if getattr(view, "bulk", False) else 1)

    def wait(self) -> float:
        return 60 - time.time() % 60 + 1


def within(who: str, weight: int) -> bool:
    """Count this request of `who`; False when there were too many in this minute."""
    window = f"{who}:{int(time.time() // 60)}"
    try:
        cache.add(window, 0, timeout=120)
        return bool(cache.incr(window, weight) <= A_MINUTE)
    except (OSError, ValueError, cache_errors()):
        return True


def cache_errors() -> type[Exception]:
    """What the cache's client raises when its server is away."""
    from redis.exceptions import RedisError

    return RedisError
