"""Letters about a deed leave once the deed stands, and no lock waits for a mail server.

Inside a transaction a letter could tell of what is rolled back after it. Whoever sends one is told how it went, so that a
page can say so: what was done stays done either way.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.core.mail import EmailMessage
from django.db import transaction

log = logging.getLogger(__name__)
Told = Callable[[bool], None]


def mail_after_commit(letter: EmailMessage, told: Told) -> None:
    """Hand one letter over after the commit, then call `told` with whether the mail server took it."""
    transaction.on_commit(lambda: told(taken(letter)))


def taken(letter: EmailMessage) -> bool:
    """Hand a letter over now; whether the mail server took it. Outside a transaction."""
    try:
        return bool(letter.send())
    except Exception:
        log.warning("a letter was not taken by the mail server", exc_info=True)
        return False
