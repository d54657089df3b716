"""The inbox: what people wrote back, what it was taken for, and the decisions left to a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from consent.models import Contact, Pause, Suppression
from consent.reachability import opted_out_sentence, way_back
from consent.suppressing import suppress
from messaging.models import Inbound
from messaging.replying import end_pauses_of_replies
from tenants import audit
from tenants.access import APPROVER, STAFF, MemberRequest, client_page, signed_in, visible_clients
from tenants.clock import db_now
from tenants.hashing import word_hash, words_of
from tenants.keyset import page_of
from tenants.models import Client
from tenants.scope import acting_for

RELEASERS = STAFF | APPROVER
TO_DECIDE = "open"
ANSWERS = {Inbound.Label.OPT_OUT: "held", Inbound.Label.UNSURE: "waiting", Inbound.Label.OPT_IN: "clear"}
SAYS = {"opt_out": "Opted out", "opt_in": "Opted in", "help": "Help", "unsure": "Unclear", "other": "Reply"}
TABS = [(TO_DECIDE, "To decide"), ("all", "All"), *SAYS.items()]
LONGEST_SEARCH = 20  # words


@dataclass(frozen=True)
class Row:
    """One reply of the list."""

    reply: Inbound
    opted_out: bool

    @property
    def answer(self) -> str:
        return ANSWERS.get(Inbound.Label(self.reply.label), "")

    @property
    def says(self) -> str:
        return SAYS[self.reply.label]


@client_page()
@require_GET
def inbox(request: MemberRequest, client: Client) -> HttpResponse:
    """Replies, newest first: all, those of one label, those a person has to decide, or those with some words."""
    which, words = request.GET.get("show", TO_DECIDE), request.GET.get("words", "")
    page = page_of(_chosen(client, which, words), request.GET.get("after", ""))
    out = _opted_out(reply.address_id for reply in page.rows)
    audit.record("inbox.viewed", client_id=client.pk, request=request, count=len(page.rows))
    values: dict[str, Any] = {
        "page": page,
        "rows": [Row(reply, reply.address_id in out) for reply in page.rows],
        "which": which,
        "tabs": TABS,
        "words": words,
        "to_decide": Inbound.objects.filter(handled_at=None).count(),
    }
    return render(request, "messaging/inbox.html", values)


@client_page()
@require_GET
def thread(request: MemberRequest, client: Client, reply: int) -> HttpResponse:
    """One reply with the person it came from, all that was said, and what can be decided."""
    found = _reply(reply)
    at = db_now()
    people = list(Contact.objects.filter(points__address=found.address_id).distinct().order_by("pk")[:10])
    suppressions = list(
        Suppression.objects.in_force(at).filter(address=found.address_id).select_related("made_by")
    )
    audit.record("reply.viewed", found, client_id=client.pk, request=request)
    values: dict[str, Any] = {
        "reply": found,
        "answer": ANSWERS.get(Inbound.Label(found.label), ""),
        "says": SAYS[found.label],
        "people": people,
        "pauses": Pause.objects.in_force(at).filter(contact__in=people).order_by("since"),
        "out": [(opted_out_sentence(each), way_back(each)) for each in suppressions],
        "may_release": request.member.role in RELEASERS,
        "next": Inbound.objects.filter(handled_at=None).exclude(pk=found.pk).order_by("-pk").first(),
    }
    return render(request, "messaging/inbox_thread.html", values)


@client_page()
@require_POST
def resolve(request: MemberRequest, client: Client, reply: int) -> HttpResponse:
    """A person's decision: opted out, released, or seen. It settles every open reply from this address."""
    found = _reply(reply)
    decision = request.POST.get("decision", "")
    if decision == "opt_out":
        _opt_out(request, found)
    elif decision == "release":
        _release(request, found)
    elif decision != "seen":
        messages.error(request, "Choose one: opt out, release, or seen.")
        return redirect("thread", client=client.slug, reply=found.pk)
    handled = Inbound.objects.filter(address=found.address_id, handled_at=None).update(
        handled_at=db_now(), handled_by=request.user
    )
    audit.record(
        "reply.resolved", found, client_id=client.pk, request=request, decision=decision, replies=handled
    )
    return redirect("inbox", client=client.slug)


@signed_in
@require_GET
def bell(request: MemberRequest) -> HttpResponse:
    """For the top right of every page: how many replies wait for a person, and whose inbox has the newest."""
    clients = {client.pk: client for client in visible_clients(request.user)}
    with acting_for(clients):
        waiting = list(
            Inbound.objects.filter(handled_at=None)
            .values("client")
            .annotate(replies=Count("pk"), newest=Max("pk"))
            .order_by("-newest")
        )
    values = {
        "replies": sum(each["replies"] for each in waiting),
        "whose": clients[waiting[0]["client"]] if waiting else None,
        "others": len(waiting) - 1,
    }
    return render(request, "messaging/_bell.html", values)


def _reply(ident: int) -> Inbound:
    found: Inbound = get_object_or_404(
        Inbound.objects.select_related("contact", "sender", "message__campaign", "handled_by"), pk=ident
    )
    return found


def _chosen(client: Client, which: str, words: str) -> QuerySet[Inbound]:
    rows: QuerySet[Inbound] = Inbound.objects.select_related("contact")
    if which == TO_DECIDE:
        rows = rows.filter(handled_at=None)
    elif which in Inbound.Label.values:
        rows = rows.filter(label=which)
    wanted = words_of(words)[:LONGEST_SEARCH]
    if wanted:
        rows = rows.filter(body_words__contains=[word_hash(client.pk, word) for word in wanted])
    return rows


def _opted_out(addresses: Iterable[int]) -> set[int]:
    rows = Suppression.objects.in_force(db_now()).filter(address__in=set(addresses))
    return set(rows.values_list("address_id", flat=True))


def _opt_out(request: MemberRequest, reply: Inbound) -> None:
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


def _release(request: MemberRequest, reply: Inbound) -> None:
    if request.member.role not in RELEASERS:
        raise PermissionDenied("A pause is released by the agency or the compliance contact.")
    people = Contact.objects.filter(points__address=reply.address_id)
    ended = Pause.objects.filter(contact__in=people).end(db_now(), ended_by=request.user)
    audit.record("contact.released", reply, client_id=reply.client_id, request=request, pauses=ended)
    messages.success(request, "Released. The gate decides again at the next send.")
