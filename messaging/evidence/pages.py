"""Evidence packs to ask for and to take; erasing a person; how long data is kept."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.models import Campaign
from consent.bell import ring
from consent.importing import uploads
from consent.models import Contact
from messaging.evidence.as_guardian import wards_of
from messaging.evidence.erasing import CannotErase, erase, is_erased
from messaging.evidence.holding import is_held
from messaging.models import EvidencePack
from tenants import audit, looks
from tenants.access import APPROVER, OWNER, STAFF, MemberRequest, client_page
from tenants.models import Client
from tenants.step_up import lately_proven

EXPORTERS, ERASERS = STAFF | APPROVER, OWNER | APPROVER
WHOLE = OWNER | APPROVER
WHOLE_SAYS = "Everything of a practice is taken by the agency's owner or its compliance contact."
EXPORT_SAYS = "Evidence is taken by the agency's staff or the practice's compliance contact."
ERASE_SAYS = "A person is erased by the agency's owner or the practice's compliance contact."


class PackForm(forms.Form):
    """One campaign, or everything since a day."""

    campaign = forms.ModelChoiceField(Campaign.objects.none(), required=False, empty_label="All campaigns")
    since = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Without a campaign: everything of the practice from this day on.",
    )  # fmt: skip

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["campaign"].queryset = Campaign.objects.filter(client=client).order_by("-pk")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("campaign") and given.get("since"):
            raise forms.ValidationError("Choose a campaign or a day to begin with, not both.")
        return given


@client_page(roles=EXPORTERS, says=EXPORT_SAYS, after_the_end=True)
@lately_proven
@require_http_methods(["GET", "POST"])
def evidence(request: MemberRequest, client: Client) -> HttpResponse:
    """The packs of the last days, and the form that asks for another."""
    form = PackForm(request.POST or None, client=client)
    if request.method == "POST" and form.is_valid():
        return ask_for_pack(
            request, client, campaign=form.cleaned_data["campaign"], since=form.cleaned_data["since"]
        )
    if request.method == "GET":
        form = PackForm(client=client, initial={"campaign": request.GET.get("campaign", "")})
    packs = EvidencePack.objects.filter(client=client).select_related("campaign", "contact", "asked_by")
    values = {"form": form, "packs": packs.order_by("-pk")[:30]}
    values["waits"] = any(each.made_at is None and not each.problem for each in values["packs"])
    return render(request, "messaging/evidence.html", values, status=422 if form.is_bound else 200)


@client_page(roles=EXPORTERS, says=EXPORT_SAYS)
@require_POST
@lately_proven
def evidence_of_contact(request: MemberRequest, client: Client, contact: int) -> HttpResponse:
    """Ask for a pack about one person."""
    return ask_for_pack(request, client, contact=get_object_or_404(Contact, pk=contact, client=client))


@client_page(roles=EXPORTERS, says=EXPORT_SAYS, after_the_end=True)
@require_POST
@lately_proven
def evidence_file(request: MemberRequest, client: Client, pack: int) -> HttpResponseBase:
    """Take a pack. That it was taken is on record."""
    found = get_object_or_404(EvidencePack, pk=pack, client=client)
    if found.whole and request.member.role not in WHOLE:
        raise PermissionDenied(WHOLE_SAYS)
    try:
        plain = uploads.opened(found.stored_as)
    except FileNotFoundError:
        raise Http404 from None
    audit.record("evidence.taken", found, client_id=client.pk, request=request, size=found.size)
    name = f"everything-of-{client.slug}.zip" if found.whole else f"evidence-{found.pk}.zip"
    answer = FileResponse(plain, as_attachment=True, filename=name, content_type="application/zip")
    answer["Cache-Control"] = "no-store, private"
    return answer


@client_page(roles=ERASERS, says=ERASE_SAYS)
@lately_proven
@require_http_methods(["GET", "POST"])
def erase_person(request: MemberRequest, client: Client, contact: int) -> HttpResponse:
    """What erasing a person means, and the button."""
    found = get_object_or_404(Contact, pk=contact, client=client)
    if request.method == "POST":
        try:
            with transaction.atomic():
                made = erase(found.pk, request.user)
        except CannotErase as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, f"Erased. Certificate {made.pk} says what was thrown away.")
        return redirect("erase", client=client.slug, contact=found.pk)
    looks.record_part("contact.viewed", found, client_id=client.pk, request=request)
    values = {
        "contact": found, "held": is_held(found, and_wards=True), "gone": is_erased(found), "wards": wards_of(found).count(),
    }  # fmt: skip
    return render(request, "messaging/erase.html", values)


def ask_for_pack(request: MemberRequest, client: Client, **about: Any) -> HttpResponse:
    """Have a worker make a pack, and go where it will lie."""
    made: EvidencePack = EvidencePack.objects.create(client=client, asked_by=request.user, **about)
    audit.record("evidence.exported", about.get("contact") or about.get("campaign") or "", client_id=client.pk,
                 request=request, pack=made.pk)  # fmt: skip
    transaction.on_commit(
        lambda: ring("messaging.evidence.making.make_pack", client_id=client.pk, pack_id=made.pk)
    )
    messages.success(request, "The pack is being made. It lies here for a day.")
    return redirect("evidence", client=client.slug)
