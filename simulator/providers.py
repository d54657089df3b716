"""What every call to a provider goes through: the log, the faults, the provider's way of saying no."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from simulator.calls import Call, milliseconds_since
from simulator.exchange import exchange_of
from simulator.faults import AFTER_ACCEPTANCE

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refusal(Exception):
    """A provider's refusal: the status, and the body in the provider's own shape."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


def as_json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A JSON answer."""
    return web.Response(
        body=json.dumps(body).encode(), status=status, content_type="application/json", headers=headers
    )


def provider_of(path: str) -> str | None:
    """Which provider a path belongs to; None for the simulator's own pages."""
    if path.startswith("/v3/"):
        return "sendgrid"
    return "twilio" if path.startswith(("/2010-04-01/", "/v1/", "/v2/")) else None


def is_send(request: web.Request) -> bool:
    """Whether a call hands over a message."""
    return request.method == "POST" and request.path.endswith(("/Messages.json", "/mail/send"))


@web.middleware
async def provider_line(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log the call, disturb it as the faults say, and turn refusals into the provider's answer."""
    provider = provider_of(request.path)
    if provider is None:
        return await handler(request)
    exchange = exchange_of(request)
    started = time.monotonic()
    request["received"] = time.time()
    sending = is_send(request)
    if exchange.faults.latency_ms and exchange.faults.touches(provider, sending):
        await asyncio.sleep(exchange.faults.latency_ms / 1000)
    fault = exchange.faults.of_call(provider, sending)
    answer = None
    if fault is None or fault in AFTER_ACCEPTANCE:
        answer = await _answer(request, handler)
    disturbed = _disturb(request, provider, fault, answer) if fault else answer or broken(provider)
    note = "" if fault is None else f"fault {fault}"
    exchange.log.add(
        Call(
            time.time(),
            "in",
            provider,
            request.method,
            request.path_qs,
            None if fault in ("dropped", "lost_reply") else disturbed.status,
            milliseconds_since(started),
            _credentials(request),
            " · ".join(part for part in (note, request.get("detail", "")) if part),
        )
    )
    return disturbed


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refusal as refusal:
        request["detail"] = str(
            refusal.body.get("code") or refusal.body.get("errors", [{}])[0].get("message", "")
        )
        return as_json(refusal.body, refusal.status)


def _disturb(
    request: web.Request, provider: str, fault: str, answer: web.StreamResponse | None
) -> web.StreamResponse:
    if fault == "rate_429":
        return too_many(provider)
    if fault in ("status_500", "accepted_500"):
        return broken(provider)
    wire = request.transport
    if wire is not None and fault == "truncated_201" and isinstance(answer, web.Response):
        body = answer.body if isinstance(answer.body, bytes) else b""
        head = f"HTTP/1.1 {answer.status} {answer.reason}\r\nContent-Type: application/json\r\n"
        if body:
            head += f"Content-Length: {len(body)}\r\n\r\n"
        wire.write(head.encode() + body[: len(body) // 2])
        wire.close()
    elif wire is not None:
        wire.abort()
    return answer or broken(provider)


def too_many(provider: str) -> web.Response:
    """The provider's 429."""
    if provider == "twilio":
        return as_json(twilio_error(20429, "Too Many Requests", 429), 429, {"Retry-After": "1"})
    limits = {
        "X-RateLimit-Limit": "600",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int(time.time()) + 1),
    }
    return as_json({"errors": [{"field": None, "message": "too many requests"}]}, 429, limits)


def broken(provider: str) -> web.Response:
    """The provider's 500."""
    if provider == "twilio":
        return as_json(twilio_error(20500, "Internal Server Error", 500), 500)
    return as_json({"errors": [{"field": None, "message": "internal error", "help": None}]}, 500)


def twilio_error(code: int, message: str, status: int) -> dict[str, Any]:
    """Twilio's error body."""
    return {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }


def _credentials(request: web.Request) -> str:
    """How the caller proved who it is, without the secret."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    who = request.get("account", "")
    if not value:
        return "no credentials"
    return f"{scheme} {who} accepted" if who else f"{scheme} {value[:6]}… refused"


def whole(query: Mapping[str, str], name: str, default: int) -> int:
    """A whole number of a query, not below 0; anything else counts as not given."""
    value = query.get(name, "")
    return int(value) if value.isdigit() else default
