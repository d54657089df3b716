"""Who unsubscribed may come back on the page where they left: by a box they tick and a name they type, and by nothing else.

The yes is recorded as any other, with its proof; it lifts the opt-outs of this one mail address that only a fresh yes of the
person can lift. Complaints, dead addresses, wrong numbers and legal holds stay. The kinds of texts are `consent.other_numbers`.
"""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext

from consent import lifting
from consent.choosing import in_a_sentence, stopped
from consent.models import ConsentRecord, Contact, ContactPoint, PreferenceLink, Suppression, UnsafeMark
from consent.models.suppression import LIFTED_BY_YES
from consent.recording import record_own_yes
from tenants import audit
from tenants.clock import db_now
from tenants.models import Channel, Purpose

VERSION = "preference page, version 1"
METHOD = ConsentRecord.Method.PREFERENCES


def wording(link: PreferenceLink) -> str:
    """What the person agrees to, word for word, inside the client's scope: everything they stopped, and no more."""
    name = link.client.name
    if all_out(link):
        return gettext(
            "Yes, {name} may e-mail me again at this address, also with offers and other marketing. "
            "I can unsubscribe at any time with one click."
        ).format(name=name)
    return gettext(
        "Yes, {name} may e-mail me this again at this address: {kinds}. I can unsubscribe at any time with one click."
    ).format(name=name, kinds=in_a_sentence(stopped(link)))


def wording_for_texts(link: PreferenceLink, ends: str, purposes: list[str]) -> str:
    """What they agree to for the number that ends so: the kinds of texts they stopped, and everything a signed yes to texts says."""
    return gettext(
        "Yes, {practice} may text me this again at my number that ends in {ends}: {kinds}. Texts may be sent by an automated "
        "system, up to 4 texts a month. Message and data rates may apply. Reply STOP to opt out, HELP for help. "
        "Agreeing is not a condition of any purchase or service."
    ).format(practice=link.client.name, ends=ends, kinds=in_a_sentence(purposes))


def all_out(link: PreferenceLink) -> bool:
    """Whether everything to this address is stopped, inside the client's scope."""
    return bool(Suppression.objects.in_force(db_now()).filter(address=link.address_id).exists())


def may_come_back(link: PreferenceLink) -> bool:
    """Whether a yes of theirs could lift what stands, inside the client's scope: someone has the address, and nothing final does."""
    if link.address.channel != Channel.EMAIL:
        return False
    at = db_now()
    standing = set(
        Suppression.objects.in_force(at).filter(address=link.address_id).values_list("source", flat=True)
    )
    if not (standing or stopped(link)) or not standing <= set(LIFTED_BY_YES):
        return False
    if UnsafeMark.objects.in_force(at).filter(address=link.address_id).exists():
        return False
    return bool(
        ContactPoint.objects.in_force(at).filter(client=link.client_id, address=link.address_id).exists()
    )


def come_back(link: PreferenceLink, signed: str, request: HttpRequest) -> bool:
    """Record the yes and lift; False when nothing can be lifted, unless they pressed twice. Inside the client's scope and a transaction."""
    points = ContactPoint.objects.in_force(db_now()).filter(client=link.client_id, address=link.address_id)
    point = points.select_related("contact").order_by("pk").first()
    if not signed.strip() or point is None:
        return False
    at = _one_at_a_time(point)
    if not may_come_back(link):
        return _came_back(link, at)
    purposes = [Purpose.MARKETING.value] if all_out(link) else stopped(link)
    record, *_ = _said_yes(link, point, wording(link), purposes, signed, request, at)
    _noted(record, lifting.by_yes(record))
    return True


def _one_at_a_time(point: ContactPoint) -> datetime:
    """Of two presses at once the second waits here, and finds what the first one left; the instant of the yes."""
    list(Contact.objects.select_for_update().filter(pk=point.contact_id))
    return db_now()


def _came_back(link: PreferenceLink, at: datetime) -> bool:
    """Whether a yes of this page stands already, and no no beside it."""
    if (
        all_out(link)
        or stopped(link)
        or UnsafeMark.objects.in_force(at).filter(address=link.address_id).exists()
    ):
        return False
    return bool(ConsentRecord.objects.in_force(at).filter(address=link.address_id, method=METHOD).exists())


def take_kinds_again(
    link: PreferenceLink,
    point: ContactPoint,
    said: str,
    purposes: list[str],
    signed: str,
    request: HttpRequest,
) -> None:
    """Record a signed yes to these kinds at one of their addresses and lift just those. Inside the client's scope and a transaction."""
    at = _one_at_a_time(point)
    for record in _said_yes(link, point, said, purposes, signed, request, at):
        _noted(record, lifting.kind_by_yes(record))


def _said_yes(
    link: PreferenceLink,
    point: ContactPoint,
    said: str,
    purposes: list[str],
    signed: str,
    request: HttpRequest,
    at: datetime,
) -> list[ConsentRecord]:
    evidence: dict[str, str | bool] = {
        "page_url": "the unsubscribe page of a mail", "ip": request.META.get("REMOTE_ADDR", ""),
        "user_agent": request.headers.get("User-Agent", "")[:1000], "ticked_at": at.isoformat(), "form_version": VERSION,
        "signer_name": signed.strip()[:120], "signer_relationship": "self", "box_separate": True,
    }  # fmt: skip
    return record_own_yes(
        point.contact, point, brand=link.client.name, purposes=purposes, method=METHOD, wording=said, given_at=at,
        evidence=evidence,
    )  # fmt: skip


def _noted(record: ConsentRecord, lifted: int) -> None:
    audit.record(
        "address.opted_in", record, client_id=record.client_id, address=record.address_id, lifted=lifted
    )
