"""The steps of the protocol at which a test may kill, stop or cut off this process. In production they do nothing.

`reach(step)` stands at every step; a test hears of it through `arm`, which refuses wherever real messages could leave.
There is no setting and no environment variable that arms them: only code of the tests calls `arm`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlsplit

from django.conf import settings

# In the order a message meets them. tests/reliability holds that each stands in the code, once or more.
STEPS = (
    "plan.before_insert", "plan.mid", "plan.after",
    "wake.taken", "drain.start", "http.before_connect", "http.after_connect", "lock.got",
    "tx1.before_recheck", "tx1.before_cas", "tx1.after_attempt", "tx1.before_commit", "tx1.after_commit",
    "begin.check", "http.after_headers", "http.mid_body", "http.after_body", "http.before_read", "http.after_read",
    "unlock", "tx2.before", "tx2.before_commit", "tx2.after",
    "hook.before_verify", "hook.before_commit", "hook.after_commit",
    "stop.before_lock", "stop.after_lock", "stop.after_commit",
    "recon.before_list", "recon.before_bind",
    "seal.before", "seal.after",
)  # fmt: skip
HERE = frozenset({"127.0.0.1", "localhost", "testserver"})

_heard: Callable[[str], None] | None = None


class NotHere(Exception):
    """This process could hand over real messages, so nothing is broken on purpose in it."""


def reach(step: str) -> None:
    """The protocol is at this step."""
    if _heard is not None:
        _heard(step)


def arm(heard: Callable[[str], None] | None) -> None:
    """Have `heard` called at every step of this process; None disarms. Raises `NotHere` outside a test's servers."""
    global _heard
    if heard is not None and not _is_a_test():
        raise NotHere(
            "Failpoints are for tests: the providers' addresses and our own must be on this machine."
        )
    _heard = heard


def in_pieces(
    body: bytes | None, headers: Mapping[str, str]
) -> tuple[bytes | Iterator[bytes] | None, Mapping[str, str]]:
    """A request's body and headers: themselves, or while armed the body in two pieces, with steps around them."""
    if _heard is None or not body:
        return body, headers
    named = {name.lower() for name in headers}
    length = {} if "content-length" in named else {"Content-Length": str(len(body))}
    return _pieces(body), {**headers, **length}


def _pieces(body: bytes) -> Iterator[bytes]:
    half = len(body) // 2
    reach("http.after_headers")
    yield body[:half]
    reach("http.mid_body")
    yield body[half:]
    reach("http.after_body")


def _is_a_test() -> bool:
    ours = [settings.PUBLIC_URL, settings.TWILIO_BASE_URL, settings.SENDGRID_BASE_URL]
    return not settings.DEMO and all(urlsplit(url).hostname in HERE for url in ours)
