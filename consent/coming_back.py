"""Who unsubscribed from mails may come back on the page where they left: by a box they tick and a name they type, and by nothing else.

The yes is recorded as any other, with its proof; it lifts the opt-outs of this one mail address that only a fresh yes of the
person can lift. Complaints, dead addresses, wrong numbers and legal holds stay.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext

from consent import lifting
from consent.choosing import KINDS, stopped
from consent.models import ConsentRecord, ContactPoint, PreferenceLink, Suppression, UnsafeMark
from consent.models.suppression import LIFTED_BY_YES
from consent.recording import record_own_yes
from tenants import audit
from tenants.clock import db_now
from tenants.models import Channel, Purpose

VERSION = "preference page, version 1"
METHOD = ConsentRecord.Method.WEB_FORM


def wording(link: PreferenceLink) -> str:
    """What the person agrees to, word for word, inside the client's scope: everything they stopped, and no more."""
    name = link.client.name
    if all_out(link):
        return gettext(
            "Yes, {name} may e-mail me again at this address, also with offers and other marketing. "
            "I can unsubscribe at any time with one click."
        ).format(name=name)
    said = [str(KINDS[each]) for each in stopped(link)]
    kinds = "; ".join(each[0].lower() + each[1:] for each in said)
    return gettext(
        "Yes, {name} may e-mail me this again at this address: {kinds}. I can unsubscribe at any time with one click."
    ).format(name=name, kinds=kinds)


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
    """Record the yes and lift; False when nothing can be lifted. Inside the client's scope and a transaction."""
    if not signed.strip() or not may_come_back(link):
        return False
    at = db_now()
    points = ContactPoint.objects.in_force(at).filter(client=link.client_id, address=link.address_id)
    point = points.select_related("contact").order_by("pk")[0]
    said = wording(link)
    purposes = [Purpose.MARKETING.value] if all_out(link) else stopped(link)
    evidence: dict[str, str | bool] = {
        "page_url": "the unsubscribe page of a mail", "ip": request.META.get("REMOTE_ADDR", ""),
        "user_agent": request.headers.get("User-Agent", "")[:1000], "ticked_at": at.isoformat(), "form_version": VERSION,
        "signer_name": signed.strip()[:120], "signer_relationship": "self", "box_separate": True,
    }  # fmt: skip
    record, *_ = record_own_yes(
        point.contact, point, brand=link.client.name, purposes=purposes, method=METHOD, wording=said, given_at=at,
        evidence=evidence,
    )  # fmt: skip
    lifted = lifting.by_yes(record)
    audit.record("address.opted_in", record, client_id=link.client_id, address=link.address_id, lifted=lifted)
    return True
