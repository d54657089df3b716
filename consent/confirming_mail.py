"""A mail address typed into a form counts once the person confirmed it by a mailed link; until then it is nobody's address here.

Whoever types a stranger's name with a mailbox of their own is not joined with the stranger: the person is looked for by
this address and name alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from consent.api.taking import take
from consent.models import (
    Address,
    ConsentRecord,
    Contact,
    ContactPoint,
    MailConfirmation,
    MailWish,
    SignupForm,
    SignupWording,
    Suppression,
    UnsafeMark,
)
from consent.recording import record_own_yes
from consent.signing_up import METHOD, NotTaken, about_what, end_of, said, version_of
from tenants import audit
from tenants.clock import db_now
from tenants.hashing import new_token
from tenants.mail_after_commit import taken
from tenants.models import Channel, Client
from tenants.scope import acting_for

GOOD_FOR = timedelta(days=7)
MOST_A_DAY = 3  # letters to one address for one client
WORDED = "mail wording 1"
NO_LONGER = gettext_noop("This link is no longer good. Sign up once more, and a new one is mailed.")
COVERED = (
    "The letter that asks to confirm names the practice to a patient, and leaves by this installation’s own mail server. "
    "For a practice that HIPAA covers, or that has not said so, that is not done."
)


def possible(client: Client) -> bool:
    """Whether forms of this client may take mail addresses."""
    return client.covered == Client.Covered.NOT_COVERED


def wording(practice: str, purposes: list[str], months: int | None = None) -> str:
    """What the second box says, word for word, in the language that is spoken."""
    words = gettext(
        "{practice} may also e-mail me {about} at this address, once I have confirmed it by the link that is mailed to it. "
        "Every e-mail has a link that ends them."
    ).format(practice=practice, about=about_what(purposes))
    return said(words, months)


@dataclass(frozen=True)
class Asking:
    """A wish that is kept, and the letter that asks to confirm it. It leaves by `mail`, after the commit."""

    wish_id: int
    client_id: int
    letter: EmailMessage


def ask(
    client: Client,
    form: SignupForm,
    shown: SignupWording,
    given: Mapping[str, Any],
    evidence: dict[str, str | bool],
) -> Asking | None:
    """Keep the wish, inside the client's scope.

    An address that opted out, or is unsafe, or had its letters of a day, gets none; nobody is told which.
    """
    address = Address.objects.resolve(Channel.EMAIL, [given["email"]])[given["email"]]
    at = db_now()
    if (
        Suppression.objects.in_force(at).filter(client=client, address=address).exists()
        or UnsafeMark.objects.in_force(at).filter(address=address).exists()
        or MailWish.objects.filter(address=address, asked_at__gt=at - timedelta(days=1)).count() >= MOST_A_DAY
    ):
        return None
    evidence = evidence | {
        "ticked_at": at.isoformat(),
        "form_version": f"{version_of(form, shown)}, {WORDED}",
    }
    kept = {name: given[name] for name in ("first_name", "last_name", "email")} | {
        "evidence": evidence, "language": shown.language, "months": shown.lasts_months,
    }  # fmt: skip
    token, digest = new_token()
    with transaction.atomic():
        wish = MailWish.objects.create(
            client=client, address_id=address, given=json.dumps(kept), purposes=shown.purposes,
            wording=wording(client.name, shown.purposes, shown.lasts_months),
        )  # fmt: skip
        MailConfirmation.objects.create(token_hash=digest, client=client, wish_id=wish.pk)
        audit.record("signup.mail_asked", wish, client_id=client.pk, address=address)
        words = {
            "practice": client.name, "phone": client.phone, "days": GOOD_FOR.days,
            "link": settings.PUBLIC_URL + reverse("confirm_mail", args=[token]) + ("?lang=es" if shown.language == "es" else ""),
        }  # fmt: skip
        subject = gettext("Confirm your e-mail address for {practice}").format(practice=client.name)
        body = render_to_string("emails/signup-confirm.txt", words)
        return Asking(wish.pk, client.pk, EmailMessage(" ".join(subject.split()), body, to=[given["email"]]))


def mail(asking: Asking) -> bool:
    """Hand the letter over, once the wish stands; whether it was taken. Of one that was not nothing is kept."""
    if taken(asking.letter):
        return True
    with acting_for(asking.client_id):
        MailConfirmation.objects.filter(client=asking.client_id, wish_id=asking.wish_id).delete()
        wish = MailWish.objects.get(pk=asking.wish_id)
        audit.record("signup.mail_not_taken", wish, client_id=asking.client_id, address=wish.address_id)
        wish.delete()
    return False


def confirm(found: MailConfirmation, request: HttpRequest) -> list[ConsentRecord]:
    """Make the wish a consent, inside the client's scope and a transaction. Raises NotTaken; a second press makes nothing more."""
    locked = MailConfirmation.objects.select_for_update().get(pk=found.pk)
    if locked.done_at is not None:
        return []
    wish = MailWish.objects.filter(pk=locked.wish_id).first()
    if wish is None or locked.made_at + GOOD_FOR <= db_now():
        raise NotTaken(gettext(NO_LONGER))
    given = json.loads(wish.given)
    row = {name: given[name] for name in ("first_name", "last_name", "email", "language")}
    (taken,) = take(locked.client, [row])
    point = (
        ContactPoint.objects.in_force(db_now())
        .filter(contact=taken.contact, channel=Channel.EMAIL, address=wish.address_id)
        .first()
        if taken.contact
        else None
    )
    if point is None:
        raise NotTaken(gettext("This address cannot be e-mailed. Call the practice, please."))
    contact, at = Contact.objects.get(pk=taken.contact), db_now()
    evidence = given["evidence"] | {
        "confirmed_at": at.isoformat(), "confirmed_ip": request.META.get("REMOTE_ADDR", ""),
    }  # fmt: skip
    made = record_own_yes(
        contact, point, brand=locked.client.name, purposes=wish.purposes, method=METHOD, wording=wish.wording, given_at=at,
        evidence=evidence, expires_at=end_of(at, given.get("months"), locked.client),
    )  # fmt: skip
    audit.record("signup.mail_confirmed", made[0], client_id=locked.client_id, address=wish.address_id)
    MailConfirmation.objects.filter(pk=locked.pk).update(done_at=at)
    wish.delete()
    return made


def forget_wishes() -> int:
    """Delete what nobody confirmed while its link was good; inside the scope of every client."""
    return int(MailWish.objects.filter(asked_at__lt=db_now() - GOOD_FOR).delete()[0])
