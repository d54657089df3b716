"""Who stands before a mailed review link.

Nothing is shown until a one-time code, mailed apart, opens it in one browser for half an hour.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.crypto import salted_hmac

from campaigns import approval_letters, asking, second_factor, wording
from campaigns.models import ApprovalRequest, ReviewLink
from tenants import audit
from tenants.clock import db_now
from tenants.encryption import decrypt, encrypt
from tenants.hashing import token_hash
from tenants.scope import acting_for

CODE_MINUTES, OPEN_MINUTES = 10, 30
TRIES = 5  # wrong codes before the code, or the opened review, is shut
CODES_AN_HOUR = 5  # of one link
LINKS_AN_HOUR = 4  # for one person and one request: the first, and those that took the place of a used-up one
_NONCE, _SECRET = "review_browser", "review_secret"  # keys of the session


class TryLater(Exception):
    """Too many codes were asked for; the message is a sentence."""


class UsedUp(Exception):
    """The link mails no more codes within this hour."""


def find(token: str) -> ReviewLink | None:
    """The link behind a token; None for a token nobody was mailed."""
    rows = ReviewLink.objects.select_related("client__agency", "user")
    return rows.filter(token_hash=token_hash(token)).first()


def not_usable(link: ReviewLink, at: datetime) -> str:
    """Why this link opens nothing any more, as a sentence; empty when it does."""
    if link.ended_at is not None and link.inside:
        return "This review was opened anew. Open it from the campaign’s page, or from the newest mail."
    if link.ended_at is not None:
        return "A newer link was mailed to you. Please use that one."
    if link.expires_at <= at:
        ran_out = wording.day_there(link.expires_at, link.client)
        return f"This link ran out on {ran_out}. Ask {link.client.agency.name} for a new one."
    if link.user.factor_reset_at is not None and link.made_at <= link.user.factor_reset_at:
        return f"Your second factor was reset after this link was mailed. Ask {link.client.agency.name} for a new one."
    if not link.user.is_active:
        return "This account is closed."
    return ""


def mail_code(link: ReviewLink, session: Any) -> bool:
    """Mail a fresh code for this browser; whether the mail could be handed over. Raises UsedUp."""
    plain, at = f"{secrets.randbelow(10**6):06d}", db_now()
    nonce = session.get(_NONCE) or secrets.token_urlsafe(24)
    session[_NONCE] = nonce
    with transaction.atomic():
        row = ReviewLink.objects.select_for_update().get(pk=link.pk)
        if row.codes_since is None or row.codes_since <= at - timedelta(hours=1):
            row.codes_since, row.codes_mailed = at, 0
        if row.codes_mailed >= CODES_AN_HOUR:
            raise UsedUp
        row.codes_mailed += 1
        row.code_hash, row.code_browser = _code_hash(row, plain), token_hash(nonce)
        row.code_until, row.code_tries = at + timedelta(minutes=CODE_MINUTES), 0
        row.save()
    return bool(approval_letters.deliver([approval_letters.code(link, plain)]))


def renew(link: ReviewLink) -> bool:
    """Mail a new link to the person it is for, in place of one whose codes are used up; whether that mail was taken.

    Whoever else has the used-up one is left with nothing, and the person has five codes of their own again. The mail leaves
    after the commit, when the new link stands. One that was not taken leaves nothing behind, and the former link goes on; so it
    does should this process die before the mail, as nobody has the new one then. Raises TryLater.
    """
    with acting_for(link.client_id):
        row = ReviewLink.objects.select_for_update().get(pk=link.pk)
        at = db_now()
        if row.ended_at is not None:
            return True  # pressed twice: it is on its way
        _may_renew(row, at)
        request = ApprovalRequest.objects.get(pk=row.request_id)
        made, token = asking.further_link(request, link.user, max(row.expires_at, at + timedelta(hours=1)))
    if not approval_letters.deliver([approval_letters.renewed(link, token)]):
        made.delete()
        return False
    with acting_for(link.client_id):
        asking.end_former(made)
        audit.record("approval.link_renewed", request, client_id=row.client_id)
    return True


def _may_renew(row: ReviewLink, at: datetime) -> None:
    """Raises TryLater while the review is open somewhere, or was mailed too often within the hour."""
    if row.open_until is not None and row.open_until > at:
        raise TryLater(
            "This review is open in another window for half an hour. Go on there, or wait until it closes."
        )
    mailed = ReviewLink.objects.filter(
        request=row.request_id, user=row.user_id, inside=False, made_at__gt=at - timedelta(hours=1)
    )
    if mailed.count() >= LINKS_AN_HOUR:
        raise TryLater(
            f"Too many codes were asked for within an hour. Please wait an hour, or ask {row.client.agency.name} for a new link."
        )


def waits_for_code(link: ReviewLink, session: Any, at: datetime) -> bool:
    """Whether this browser asked for a code that is still good."""
    return _is_browser(link.code_browser, session) and link.code_until is not None and link.code_until > at


def open_with(link: ReviewLink, session: Any, typed: str) -> bool:
    """Open the review for this browser with the mailed code; a wrong one counts, the fifth shuts the code."""
    at = db_now()
    with transaction.atomic():
        row = ReviewLink.objects.select_for_update().get(pk=link.pk)
        live = row.code_hash is not None and row.code_until is not None and row.code_until > at
        if not live or not _is_browser(row.code_browser, session) or row.code_tries >= TRIES:
            return False
        if not hmac.compare_digest(bytes(row.code_hash or b""), _code_hash(row, "".join(typed.split()))):
            row.code_tries += 1
            row.save(update_fields=["code_tries"])
            return False
        row.code_hash, row.code_until, row.tries = None, None, 0
        row.opened_at = row.opened_at or at
        row.save()
        open_here(row, session)
    return True


def open_here(link: ReviewLink, session: Any) -> None:
    """Open the review in this browser for half an hour; a new session key makes a planted one worthless."""
    session.cycle_key()
    nonce = session[_NONCE] = secrets.token_urlsafe(24)
    at = db_now()
    ReviewLink.objects.filter(pk=link.pk).update(
        browser=token_hash(nonce),
        open_until=at + timedelta(minutes=OPEN_MINUTES),
        opened_at=link.opened_at or at,
    )


def is_open(link: ReviewLink, session: Any, at: datetime) -> bool:
    """Whether this browser may read what the link stands for."""
    return _is_browser(link.browser, session) and link.open_until is not None and link.open_until > at


def count_wrong(link: ReviewLink) -> bool:
    """Note a wrong second factor; the fifth shuts the review, and whether it did is returned."""
    with transaction.atomic():
        row = ReviewLink.objects.select_for_update().get(pk=link.pk)
        row.tries += 1
        shut = row.tries >= TRIES
        if shut:
            row.open_until = None
        row.save(update_fields=["tries", "open_until"])
    return shut


def prepare_factor(link: ReviewLink, session: Any) -> None:
    """Give whoever has no authenticator yet a secret to enrol while signing, encrypted in the session."""
    if not second_factor.is_enrolled(link.user):
        session[_SECRET] = encrypt(second_factor.new_secret())


def kept_secret(session: Any) -> str:
    """The secret to enrol with in this browser; empty when there is none."""
    kept = session.get(_SECRET)
    return decrypt(kept) if kept else ""


def forget_secret(session: Any) -> None:
    """Once it is enrolled."""
    session.pop(_SECRET, None)


def _is_browser(kept: Any, session: Any) -> bool:
    nonce = session.get(_NONCE)
    return bool(nonce and kept and hmac.compare_digest(bytes(kept), token_hash(nonce)))


def _code_hash(link: ReviewLink, plain: str) -> bytes:
    return salted_hmac("campaigns.review.code", f"{link.pk}:{plain}", algorithm="sha256").digest()
