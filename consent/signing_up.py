"""A yes that a person gives by themselves, on a page of ours: which wording they saw, and what stands behind it.

What it is worth is decided by `consent.proof` alone, as for a yes from any other door. It lifts no opt-out.
"""

from __future__ import annotations

import hashlib
import time
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.core import signing
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

from consent import languages, proof
from consent.api.taking import take
from consent.models import ConsentRecord, Contact, ContactPoint, SignupForm, SignupWording
from consent.recording import record_own_yes
from tenants.api.limits import cache_errors
from tenants.clock import db_now
from tenants.hashing import lock_key
from tenants.models import Channel, Client, Purpose

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

METHOD = ConsentRecord.Method.WEB_FORM
SHOWN_FOR = 4 * 3600  # seconds that a page may stay open before it is sent
AGAIN = timedelta(minutes=10)  # the same yes within that time is the same click
A_MINUTE = {"ip": 6, "form": 120}  # forms sent: from one place, and to one form from everywhere
SALT = "consent.signing_up"
ABOUT = {
    Purpose.CARE: gettext_lazy("about my visits"),
    Purpose.RECALL: gettext_lazy("when I am due for a visit"),
    Purpose.MARKETING: gettext_lazy("with offers and other marketing"),
}

# One text of each kind, in the form that every text has: who writes, what they asked for, how it ends.
EXAMPLES = {
    Purpose.CARE: gettext_lazy(
        "{practice}: A question about your visit? Call us or answer this text. Reply STOP to opt out"
    ),
    Purpose.RECALL: gettext_lazy(
        "{practice}: It is time for your next visit. Call us or answer this text to find a day. Reply STOP to opt out"
    ),
    Purpose.MARKETING: gettext_lazy(
        "{practice}: We have an offer for you this month. Call us to hear more. Reply STOP to opt out"
    ),
}


class NotTaken(Exception):
    """This yes was not recorded; the message is a sentence for the person."""


@dataclass(frozen=True)
class Shown:
    """What a page that is sent back was: its wording, and where it was shown."""

    wording: int
    within: str  # the page that embeds it, if any


def starter(practice: str, purposes: Sequence[str], language: str = "en") -> str:
    """A wording that says everything it must, to begin with."""
    with languages.speaking(language):
        return gettext(
            "I agree that {practice} may text me {about} at the number above, also by an automated system: up to 4 texts a month. "
            "Message and data rates may apply. Reply STOP to opt out, HELP for help. "
            "Agreeing is not a condition of any purchase or service."
        ).format(practice=practice, about=about_what(purposes))


def about_what(purposes: Sequence[str], about: Mapping[Purpose, StrPromise] = ABOUT) -> str:
    """What messages are about, in the language that is spoken."""
    *most, last = [str(says) for purpose, says in about.items() if purpose in purposes]
    return gettext("{some} and {last}").format(some=", ".join(most), last=last) if most else last


def examples(practice: str, purposes: Sequence[str]) -> list[str]:
    """A text of each kind that a form is about, in the language that is spoken."""
    return [str(says).format(practice=practice) for purpose, says in EXAMPLES.items() if purpose in purposes]


def said(words: str, months: int | None) -> str:
    """The wording as it is shown and kept: with the sentence that says when the yes ends, if it does. In the language spoken."""
    if not months:
        return words
    ends = gettext("This yes ends by itself after {months} months.").format(months=months)
    return f"{words} {ends}"


def end_of(given_at: datetime, months: int | None, client: Client) -> datetime | None:
    """When a yes given then ends by itself: as its day begins by the practice's clock, so never later than was said."""
    if not months:
        return None
    zone = ZoneInfo(client.time_zone)
    day = given_at.astimezone(zone).date()
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return datetime(year, month, min(day.day, monthrange(year, month)[1]), tzinfo=zone)


def lint(wording: str, purposes: Sequence[str], practice: str) -> list[str]:
    """What the wording does not say and must, as sentences; empty when it may be shown."""
    says = (
        []
        if proof.names(wording, practice)
        else [f"It does not name {practice}, so it would be a yes to nobody."]
    )
    missing = dict.fromkeys(each for purpose in purposes for each in proof.lacking(wording, purpose))
    return says + [f"{each[0].upper()}{each[1:]}." for each in missing]


def ticket(wording: SignupWording, within: str) -> str:
    """What goes with the page, signed, so that what comes back names the wording that was shown."""
    return signing.dumps([wording.pk, within[:300]], salt=SALT)


def shown(given: str, form: SignupForm) -> tuple[SignupWording, str]:
    """The wording that a page showed, inside the client's scope; raises NotTaken when it was shown too long ago, or never."""
    try:
        pk, within = signing.loads(given, salt=SALT, max_age=SHOWN_FOR)
    except signing.BadSignature:
        raise NotTaken(
            gettext("This page was open for too long. Read it once more and send it again.")
        ) from None
    found: SignupWording | None = SignupWording.objects.filter(pk=pk, form=form.public_id).first()
    if found is None:
        raise NotTaken(gettext("This page was open for too long. Read it once more and send it again."))
    return found, str(within)


def version_of(form: SignupForm, wording: SignupWording) -> str:
    """By what a consent names the wording it was given to."""
    digest = hashlib.sha256(wording.wording.encode()).hexdigest()
    return f"form {form.public_id}, version {wording.number}, SHA-256 {digest}"


def sign_up(
    client: Client,
    form: SignupForm,
    wording: SignupWording,
    given: Mapping[str, Any],
    evidence: dict[str, str | bool],
) -> list[ConsentRecord]:
    """Record the yes, one row a purpose, inside the client's scope and a transaction. Raises NotTaken.

    The person is joined with one of the same name at the same number, as by an import; nobody is renamed.
    """
    with connection.cursor() as cursor:  # two clicks, one after the other
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock_key("sign-up", client.pk)])
    row = {name: given[name] for name in ("first_name", "last_name", "phone")}
    (taken,) = take(client, [row | {"language": wording.language}])
    if taken.contact is None:
        raise NotTaken(gettext("This number cannot be texted. Call the practice, please."))
    contact = Contact.objects.get(pk=taken.contact)
    point = ContactPoint.objects.filter(
        contact=contact, channel=Channel.SMS, ended_at=None, value__isnull=False
    ).order_by("-since")
    spot = next((each for each in point if each.value == given["phone"]), None)
    if spot is None:
        raise NotTaken(gettext("This number cannot be texted. Call the practice, please."))
    at, words = db_now(), said(wording.wording, wording.lasts_months)
    same = ConsentRecord.objects.in_force(at).filter(
        contact=contact, address=spot.address_id, method=METHOD, wording=words, since__gt=at - AGAIN
    )
    if again := list(same):
        return again
    evidence = evidence | {"ticked_at": at.isoformat(), "form_version": version_of(form, wording)}
    return record_own_yes(
        contact, spot, brand=client.name, purposes=wording.purposes, method=METHOD, wording=words, given_at=at,
        evidence=evidence, expires_at=end_of(at, wording.lasts_months, client),
    )  # fmt: skip


def too_many(form: SignupForm, request: HttpRequest) -> bool:
    """Whether this place, or everybody together, sends this form too often. Without the cache nobody is counted."""
    minute = int(time.time() // 60)
    place = hashlib.sha256(f"{request.META.get('REMOTE_ADDR', '')}:{minute}".encode()).hexdigest()[:24]
    try:
        for kind, name in (("ip", place), ("form", form.public_id)):
            key = f"sign-up:{kind}:{name}:{minute}"
            cache.add(key, 0, timeout=120)
            if cache.incr(key) > A_MINUTE[kind]:
                return True
    except (OSError, ValueError, cache_errors()):
        return False
    return False
