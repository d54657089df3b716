"""What mail servers say, in our words: SMTP replies (RFC 5321) and enhanced status codes (RFC 3463)."""

from __future__ import annotations

import re

from messaging.models.message import Delivery

_STATUS = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})")


def kind_of(action: str, status: str) -> tuple[str, Delivery] | None:
    """What one recipient's line of a delivery report (RFC 3464) tells: kind of event and delivery; None when nothing.

    5.1.x (bad address) and 5.2.1 (mailbox disabled) are for good; other 5.x.x, as 5.7.1 (refused by policy),
    say something about this mail or its sender and suppress nobody.
    """
    action = action.strip().lower()
    found = _STATUS.fullmatch(status.strip())
    if action in {"delivered", "relayed", "expanded"}:
        return "delivered", Delivery.DELIVERED
    if action == "delayed":
        return "deferred", Delivery.NONE
    if action != "failed" or found is None:
        return None
    klass, subject, detail = (int(part) for part in found.groups())
    if klass == 5 and (subject == 1 or (subject, detail) == (2, 1)):
        return "bounced", Delivery.BOUNCED
    return "blocked", Delivery.FAILED
