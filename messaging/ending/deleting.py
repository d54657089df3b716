"""Deleting what a client owns at the end of an engagement: what names a person goes, what protects and proves stays.

As for one person (messaging.evidence.erasing), for everybody at once and table by table, in one transaction. The
opt-outs stay as keyed codes, so that a client that comes back writes to nobody who said no; approvals, agreements,
the dates and wordings of consents and the sealed record stay because they must be shown for six years.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from campaigns.models import (
    Booking,
    BookingDelivery,
    BookingFile,
    BookingHook,
    BookingHookSecret,
    CampaignNote,
    ScheduledLaunch,
)
from compliance import stopping
from compliance.models import RegistryFile, Stop
from consent.importing import uploads
from consent.list_sources.places import empty_folders
from consent.models import (
    AddressPause,
    ConsentRecord,
    ConsentScan,
    Contact,
    ContactPoint,
    Import,
    ImportRow,
    ListFetch,
    ListSource,
    MailWish,
    Merge,
    OptOutList,
    Pause,
    SignupForm,
    Suppression,
)
from messaging.evidence.certifying import certify
from messaging.evidence.erase_list import note
from messaging.models import (
    Answer,
    Attempt,
    Certificate,
    EvidencePack,
    Inbound,
    LegalHold,
    Listener,
    Message,
    Picture,
    RawHook,
    Status,
    ToTell,
)
from tenants.api import once
from tenants.clock import db_now
from tenants.models import (
    ApiToken,
    Client,
    HookEndpoint,
    Invitation,
    Membership,
    ProviderAccount,
    Sender,
    User,
)

UNDER_WAY = (Status.HANDING, Status.UNKNOWN)
REASON = "The engagement ended and the practice's data was deleted."


class CannotDelete(Exception):
    """Nothing was deleted; the message is a sentence for whoever asked."""


def refuse_if_held(client: Client) -> None:
    """Raises CannotDelete while a legal hold covers anything of the client."""
    if LegalHold.objects.in_force(db_now()).filter(client=client).exists():
        raise CannotDelete(
            "A legal hold is in force. End it first: until then nothing of it may be thrown away."
        )


def numbers(client: Client) -> dict[str, int]:
    """What would be thrown away now, counted: the page shows it, and the certificate says the same."""
    own: dict[str, Any] = {"client": client}
    return {
        "contacts": Contact.objects.filter(**own).count(),
        "addresses": ContactPoint.objects.filter(**own).count(),
        "waiting_messages": Message.objects.filter(**own, status=Status.QUEUED).count(),
        "words_of_messages": Attempt.objects.filter(**own, emptied_at=None).count(),
        "replies": Inbound.objects.filter(**own, emptied_at=None).count(),
        "pictures": Picture.objects.filter(**own, emptied_at=None, refused="").count(),
        "answers": Answer.objects.filter(**own, emptied_at=None).count(),
        "appointments": Booking.objects.filter(**own).exclude(number="", for_at=None).count(),
        "import_lines": ImportRow.objects.filter(**own).count(),
        "consent_papers": ConsentScan.objects.filter(**own).count(),
        "webhooks": RawHook.objects.filter(**own).count(),
        "provider_accounts": ProviderAccount.objects.filter(**own, ended_at=None).count(),
        "listening_systems": Listener.objects.filter(**own, ended_at=None).count(),
        "sources_of_lists": ListSource.objects.filter(**own, ended_at=None).count(),
        "booking_systems": BookingHook.objects.filter(**own, ended_at=None).count(),
        "keys": ApiToken.objects.filter(**own, ended_at=None).count(),
        "people_with_access": Membership.objects.filter(**own, agency=None, ended_at=None).count(),
    }


def kept(client: Client) -> dict[str, int]:
    """What stays, counted."""
    return {
        "opt_outs": Suppression.objects.filter(client=client).count(),
        "consents": ConsentRecord.objects.filter(client=client).count(),
    }


def delete(client: Client, by: User | None, ordered_by: str = "") -> Certificate:
    """Delete it all, inside `acting_for(client)` and a transaction; twice does no harm. Raises CannotDelete.

    `ordered_by`: who did so at the machine, where nobody was left who could agree; it stands in the certificate.
    """
    held = Client.objects.select_for_update(of=("self",)).get(pk=client.pk)
    refuse_if_held(held)
    stopping.stop(held, None, Stop.Kind.STOP, by, REASON)
    counts = numbers(held)
    _cancel(held)
    _people(held)
    _words(held)
    _files(held)
    _doors(held)
    held.closed_at = held.closed_at or db_now()
    held.save(update_fields=["closed_at"])
    counts |= {f"kept_{name}": n for name, n in kept(held).items()}
    made = certify(held.pk, "client", counts, by=by, ordered_by=ordered_by)
    note(held.pk, None)
    return made


def _cancel(client: Client) -> None:
    theirs = Message.objects.filter(client=client)
    list(theirs.filter(status=Status.QUEUED).select_for_update(of=("self",)).values_list("pk", flat=True))
    theirs.filter(status=Status.QUEUED).update(status=Status.CANCELLED, settled_at=db_now())
    ScheduledLaunch.objects.filter(client=client, ended_at=None).update(
        ended_at=db_now(), outcome=ScheduledLaunch.Outcome.CANCELLED
    )
    if theirs.filter(status__in=UNDER_WAY).exists():
        raise CannotDelete(
            "A message is being handed over, or its outcome is still being asked for. It is tried again by itself."
        )
    if RawHook.objects.filter(client=client, applied_at=None).exists():
        raise CannotDelete("Something a provider told us is still being read. It is tried again by itself.")


def _people(client: Client) -> None:
    own: dict[str, Any] = {"client": client}
    Pause.objects.filter(**own, ended_at=None).end(db_now())
    AddressPause.objects.filter(**own, ended_at=None).end(db_now())
    for said in (Pause, LegalHold):  # why, in a member's own words: they may name a person
        said.objects.filter(**own).update(reason="")
    Booking.objects.filter(**own).update(number="", for_at=None, location=None)
    ContactPoint.objects.filter(**own).delete()
    Contact.objects.filter(**own).update(
        first_name="", last_name="", external_id="", state="", segment="", name_words=[], filled=[], language="en",
        window_key="?", adult_from=None, last_visit=None, location=None, guardian=None, made_by_import=None,
        household=F("pk"), changed_at=db_now(),
    )  # fmt: skip
    Merge.objects.filter(**own).update(before={}, final_at=db_now())
    Suppression.objects.filter(**own).update(note="")
    ConsentRecord.objects.filter(**own).update(evidence="")
    ConsentScan.objects.filter(**own).update(content="")


def _words(client: Client) -> None:
    own, at = {"client": client}, db_now()
    Attempt.objects.filter(**own).update(content="", emptied_at=at)
    Answer.objects.filter(**own).update(words="", emptied_at=at)
    Picture.objects.filter(**own, emptied_at=None).update(file="", emptied_at=at)
    Inbound.objects.filter(**own).update(value="", body="", body_words=[], emptied_at=at)
    RawHook.objects.filter(**own).delete()
    CampaignNote.objects.filter(**own).delete()
    ImportRow.objects.filter(**own).update(phone="", email="")
    once.empty(client.pk)


def _files(client: Client) -> None:
    """Lists, packs and exports that still lie here. What a crash after the commit leaves goes with the uploads' own round."""
    names: list[str] = []
    for kind in (Import, OptOutList, BookingFile, RegistryFile, EvidencePack):
        rows = kind.objects.filter(client=client)
        names += rows.exclude(stored_as="").values_list("stored_as", flat=True)
        rows.update(stored_as="")
        if kind is not EvidencePack:
            rows.update(file_name="")
    for name in names:
        uploads.discard_after_commit(name)


def _doors(client: Client) -> None:
    """Nobody and nothing comes in any more: people, keys, providers, forms. Links to opt out go on working."""
    own, at = {"client": client}, db_now()
    Membership.objects.filter(**own, agency=None, ended_at=None).update(ended_at=at)
    Invitation.objects.filter(**own, accepted_at=None, withdrawn_at=None).update(
        withdrawn_at=at, email="", name=""
    )
    ApiToken.objects.filter(**own, ended_at=None).update(ended_at=at)
    HookEndpoint.objects.filter(**own, ended_at=None).update(ended_at=at)
    ProviderAccount.objects.filter(**own).update(settings="")
    ProviderAccount.objects.filter(**own, ended_at=None).end(at)
    Sender.objects.filter(**own, ended_at=None).end(at)
    SignupForm.objects.filter(**own, closed_at=None).update(closed_at=at)
    MailWish.objects.filter(**own).delete()
    Listener.objects.filter(**own).update(url="", secret="", ended_at=Coalesce("ended_at", Value(at)))
    ToTell.objects.filter(**own).delete()
    ListSource.objects.filter(**own).update(secret="", ended_at=Coalesce("ended_at", Value(at)))
    ListFetch.objects.filter(**own).delete()
    transaction.on_commit(lambda: empty_folders(client.pk))
    BookingHook.objects.filter(**own, ended_at=None).update(ended_at=at)
    BookingHookSecret.objects.filter(**own).update(secret="", ended_at=Coalesce("ended_at", Value(at)))
    BookingDelivery.objects.filter(**own).delete()
