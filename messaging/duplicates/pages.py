"""Who seems to be on the list twice, two records side by side with what joining them would do, and the way back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from consent.contact_page import RELEASERS
from consent.models import Contact, Merge
from consent.reachability import reach_of
from messaging.duplicates.finding import households
from messaging.duplicates.merging import merge, part
from messaging.duplicates.preparing import CannotMerge, Prepared, prepare
from tenants import audit, masking
from tenants.access import MemberRequest, client_page
from tenants.models import Client
from tenants.templatetags.figures import number

ONLY = "Records are joined and parted by the agency or the compliance contact."


@client_page()
@require_GET
def duplicates(request: MemberRequest, client: Client) -> HttpResponse:
    """Households with two records that seem to be one person; or all households."""
    every = request.GET.get("all") == "1"
    given = request.GET.get("after", "")
    after = int(given) if given.isdecimal() and len(given) < 19 else 0
    found, more = households(client.pk, after=after, only_pairs=not every)
    masking.record_list(request, "duplicates", sum(len(each.people) for each in found))
    values = {
        "found": found, "every": every, "more": more, "after": after, "may_join": request.member.role in RELEASERS
    }  # fmt: skip
    return render(request, "messaging/duplicates.html", values)


@client_page(roles=RELEASERS, says=ONLY)
@require_http_methods(["GET", "POST"])
def join(request: MemberRequest, client: Client, contact: int, other: int) -> HttpResponse:
    """Side by side, with what will happen in numbers; `other` goes into `contact`."""
    rows = Contact.objects.select_related("location", "guardian")
    kept, gone = (get_object_or_404(rows, pk=pk, client=client) for pk in (contact, other))
    if request.method == "POST":
        try:
            with transaction.atomic():
                merge(kept.pk, gone.pk, request.user)
        except CannotMerge as refused:
            messages.error(request, str(refused))
            return redirect("join", client=client.slug, contact=kept.pk, other=gone.pk)
        messages.success(request, "Joined: one person now. The way back is on this page, under About.")
        return redirect("contact", client=client.slug, contact=kept.pk)
    for seen, beside in ((kept, gone), (gone, kept)):
        audit.record("contact.compared", seen, client_id=client.pk, request=request, other=beside.pk)
    reach = reach_of([kept, gone])
    values: dict[str, Any] = {
        "kept": kept, "gone": gone, "both": [(kept, reach[kept.pk]), (gone, reach[gone.pk])], "refused": "", "says": []
    }  # fmt: skip
    try:
        values["says"] = list(_says(prepare(kept, gone)))
    except CannotMerge as refused:
        values["refused"] = str(refused)
    return render(request, "messaging/join.html", values)


@client_page(roles=RELEASERS, says=ONLY)
@require_POST
def part_again(request: MemberRequest, client: Client, merge: int) -> HttpResponse:
    """Make two of them again."""
    found = get_object_or_404(Merge, pk=merge, client=client)
    try:
        with transaction.atomic():
            part(found.pk, request.user)
        messages.success(request, "They are two records again. Lists find each by its own patient number.")
    except CannotMerge as refused:
        messages.error(request, str(refused))
    return redirect("contact", client=client.slug, contact=found.kept_id)


SENTENCES = [
    ("messages", "message", "goes along, with what became of it", "go along, with what became of them"),
    ("cancelled", "waiting message", "is cancelled, because it would be a second one or its address is given up",
     "are cancelled, because they would be second ones or their address is given up"),
    ("addresses", "address", "goes along", "go along"),
    ("given_up", "address", "is not used any more: one stays in use for each channel",
     "are not used any more: one stays in use for each channel"),
    ("consents", "consent", "is copied with its proof", "are copied with their proof"),
    ("revoked", "consent", "ends, because it was taken back in the other record; parting does not bring it back",
     "end, because they were taken back in the other record; parting does not bring them back"),
    ("replies", "reply", "goes along", "go along"),
    ("bookings", "appointment", "goes along", "go along"),
    ("pauses", "pause", "goes along", "go along"),
    ("wards", "minor", "gets the kept record as guardian", "get the kept record as guardian"),
]  # fmt: skip
PLURALS = {"reply": "replies", "address": "addresses"}
FACTS = {
    "deceased": "The kept record becomes marked as deceased: nothing more is sent.",
    "adult_from": "The later month of coming of age counts.",
    "last_visit": "The later visit counts.",
    "window_key": "The hours of both places count.",
    "language": "The kept record’s language becomes Spanish.",
}


def _says(found: Prepared) -> list[str]:
    """What will happen, in numbers; what is nothing is left out."""
    said = []
    for name, one, singular, plural in SENTENCES:
        if many := found.counts[name]:
            said.append(
                f"{number(many)} {one if many == 1 else PLURALS.get(one, one + 's')} {singular if many == 1 else plural}."
            )
    return said + [FACTS[name] for name in found.facts]
