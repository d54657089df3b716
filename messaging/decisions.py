"""A member's decision about what somebody wrote: a no, an appointment, nothing of the kind, or a rule's mistake."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from campaigns.models import Booking
from consent import lifting
from consent.models import Contact, ContactPoint, Suppression
from consent.replies import WRONG_NUMBER
from consent.suppressing import suppress
from messaging.inbox_pages import RELEASERS, reply_of
from messaging.models import Inbound
from messaging.replying import end_pauses_of_replies, held, misreadable
from messaging.thread_pages import ANSWERERS
from tenants import audit
from tenants.access import MemberRequest, client_page
from tenants.clock import db_now
from tenants.models import Client

ONLY = "Whoever only looks on cannot decide what a reply means. Ask the practice or the agency."
ONLY_RELEASERS = "A pause is released by the agency or the compliance contact."
MISREAD = "read again: no wrong number"  # a trigger looks for it


@client_page(roles=ANSWERERS, says=ONLY)
@require_POST
def resolve(request: MemberRequest, client: Client, reply: int) -> HttpResponse:
    """A person's decision: opted out, booked, died, released, misread, or seen. It settles what this address wrote up to the newest
    reply that the page showed; when something came in since, nothing is done and that is shown."""
    found = reply_of(reply)
    held(found.address_id)
    upto = _upto(request, found)
    replies = Inbound.objects.filter(address=found.address_id, handled_at=None)
    newer = replies.filter(pk__gt=upto).order_by("-pk").first()
    if newer is not None:
        messages.error(
            request, "They wrote again meanwhile, so nothing was done. Read this first, then decide."
        )
        return redirect("thread", client=client.slug, reply=newer.pk)
    decision = request.POST.get("decision", "")
    done = DECISIONS.get(decision)
    if done is None:
        messages.error(request, "Choose one: opt out, booked, died, release, or seen.")
    if done is None or not done(request, found):
        return redirect("thread", client=client.slug, reply=found.pk)
    handled = replies.filter(pk__lte=upto).update(handled_at=db_now(), handled_by=request.user)
    audit.record(
        "reply.resolved", found, client_id=client.pk, request=request, decision=decision, replies=handled
    )
    return redirect("inbox", client=client.slug)


def _upto(request: MemberRequest, reply: Inbound) -> int:
    given = request.GET.get("upto", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else reply.pk


def _seen(request: MemberRequest, reply: Inbound) -> bool:  # noqa: ARG001
    return True


def _booked(request: MemberRequest, reply: Inbound) -> bool:
    """They have booked: out of the campaigns that run, by the same check as an appointment that the practice told of.

    False when nobody here has this address."""
    contacts = [reply.contact_id] if reply.contact_id else _people_at(reply)
    if not contacts:
        messages.error(
            request, "Nobody on this practice’s lists has this address, so nobody can be left out."
        )
        return False
    at = db_now()
    Booking.objects.bulk_create(
        [
            Booking(
                client_id=reply.client_id, contact_id=each, booked_at=at, status=Booking.Status.BOOKED, by_word=True, since=at
            )
            for each in contacts
        ]
    )  # fmt: skip
    audit.record("reply.booked", reply, client_id=reply.client_id, request=request, people=len(contacts))
    if request.member.role in RELEASERS:
        ended = end_pauses_of_replies(reply.address_id, by=request.user)
        audit.record("contact.released", reply, client_id=reply.client_id, request=request, pauses=ended)
    messages.success(request, "Noted. Campaigns that were launched before now write to them no more.")
    return True


def _people_at(reply: Inbound) -> list[int]:
    points = ContactPoint.objects.filter(address=reply.address_id).order_by("contact")
    return list(points.values_list("contact", flat=True).distinct()[:50])


def _opt_out(request: MemberRequest, reply: Inbound) -> bool:
    """Their own wish, read by a person: it ends the campaign for them everywhere, and answers what the pause asked."""
    message = reply.message
    suppress(
        reply.client_id, reply.address_id, reply.channel, Suppression.Source.FREE_TEXT, by=request.user,
        note="Decided after reading their reply.",
        message_id=message.pk if message else None, campaign_id=message.campaign_id if message else None,
    )  # fmt: skip
    ended = end_pauses_of_replies(reply.address_id, by=request.user)
    audit.record("contact.released", reply, client_id=reply.client_id, request=request, pauses=ended)
    messages.success(request, "Opted out. From now on nothing is sent there, whatever a campaign says.")
    return True


def _release(request: MemberRequest, reply: Inbound) -> bool:
    if request.member.role not in RELEASERS:
        raise PermissionDenied(ONLY_RELEASERS)
    ended = end_pauses_of_replies(reply.address_id, by=request.user)
    audit.record("contact.released", reply, client_id=reply.client_id, request=request, pauses=ended)
    messages.success(request, "Released. The gate decides again at the next send.")
    return True


def _misread(request: MemberRequest, reply: Inbound) -> bool:
    """A rule took it for a wrong number, and it is none: what rests on that reading alone ends with it."""
    if request.member.role not in RELEASERS:
        raise PermissionDenied(ONLY_RELEASERS)
    read = misreadable(reply.address_id)
    if read is None:
        messages.error(
            request, "This opt-out does not rest on a rule’s reading alone, so nobody here can end it."
        )
        return False
    ended = end_pauses_of_replies(reply.address_id, by=request.user)
    Inbound.objects.filter(address=reply.address_id, rule=WRONG_NUMBER).update(
        label=Inbound.Label.OTHER, rule=MISREAD, handled_at=db_now(), handled_by=request.user
    )
    lifting.misread(reply.client_id, reply.address_id, reply=read)
    audit.record(
        "reply.misread", reply, client_id=reply.client_id, request=request, read_from=read, pauses=ended
    )
    messages.success(request, "Noted: no wrong number. The gate decides again at the next send.")
    return True


def _died(request: MemberRequest, reply: Inbound) -> bool:
    """Who is said to have died is marked, as on their own page. The pause stays: somebody else answered from there."""
    given = request.POST.get("person", "")
    there = Contact.objects.filter(pk__in=_people_at(reply), merged_into=None).select_for_update()
    who = (
        there.filter(pk=int(given)).first()
        if given.isascii() and given.isdecimal() and len(given) < 19
        else None
    )
    if who is None:
        messages.error(request, "Choose who has died. Nothing was changed.")
        return False
    if not who.deceased:
        who.deceased, who.changed_at = True, db_now()
        who.save(update_fields=["deceased", "changed_at"])
        audit.record(
            "contact.marked",
            who,
            client_id=reply.client_id,
            request=request,
            fields=["deceased"],
            addresses=0,
        )
    messages.success(request, "Noted: nothing is sent to them any more. It counts from the next message on.")
    return True


DECISIONS = {
    "opt_out": _opt_out, "booked": _booked, "died": _died, "release": _release, "misread": _misread, "seen": _seen,
}  # fmt: skip
