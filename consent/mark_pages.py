"""What the practice knows of a person and no list said: deceased, a minor, or gone from an address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from consent.consent_page import RECORDERS
from consent.contact_page import RELEASERS
from consent.models import Contact, ContactPoint
from tenants import audit, looks, masking
from tenants.access import MemberRequest, client_page
from tenants.clock import db_now
from tenants.models import Client
from tenants.templatetags.masks import address_for

GAVE_UP = "moved"  # an address that comes back by a list is in use again
ONLY = "Viewers change nothing about a person. Ask the front desk or the agency."
LOOSER = "Only the agency or the compliance contact takes this back: it lets messages go out again."


class MarkForm(forms.Form):
    """Each is as strict as it sounds; taking one back asks for a releaser."""

    deceased = forms.BooleanField(
        label="They have died",
        required=False,
        help_text="Nothing is sent to them any more, whatever a campaign says.",
    )
    adult_from = forms.DateField(
        label="A minor: of age from", required=False, input_formats=["%Y-%m", "%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m", attrs={"type": "month"}),
        help_text="A month, as in 2031-05. Written to only at an address of their guardian. The birth date itself is not kept.",
    )  # fmt: skip
    gave_up = forms.TypedMultipleChoiceField(
        label="Not theirs any more", coerce=int, required=False, widget=forms.CheckboxSelectMultiple,
        help_text="They moved or changed the number. This is no opt-out: somebody else may have it now.",
    )  # fmt: skip

    def __init__(
        self, data: Any = None, *, contact: Contact, points: list[ContactPoint], may_loosen: bool, clear: bool
    ) -> None:
        super().__init__(data, initial={"deceased": contact.deceased, "adult_from": contact.adult_from})
        self.contact, self.may_loosen = contact, may_loosen
        self.fields["gave_up"].choices = [(each.pk, address_for(each.value, clear)) for each in points]  # type: ignore[attr-defined]
        if not points:
            del self.fields["gave_up"]

    def clean_deceased(self) -> bool:
        """Nobody is brought back by the front desk."""
        value: bool = self.cleaned_data["deceased"]
        if self.contact.deceased and not value and not self.may_loosen:
            raise forms.ValidationError(LOOSER)
        return value

    def clean_adult_from(self) -> Any:
        """The first of the month; an earlier one, or none, is looser."""
        value, was = self.cleaned_data["adult_from"], self.contact.adult_from
        value = value.replace(day=1) if value else None
        if was and (value is None or value < was) and not self.may_loosen:
            raise forms.ValidationError(LOOSER)
        return value


@client_page(roles=RECORDERS, says=ONLY)
@require_http_methods(["GET", "POST"])
def contact_mark(request: MemberRequest, client: Client, contact: int) -> HttpResponse:
    """The form, and what follows from it."""
    rows = (
        Contact.objects.select_for_update(of=("self",)) if request.method == "POST" else Contact.objects.all()
    )
    found: Contact = get_object_or_404(rows, pk=contact, merged_into=None)
    points = list(ContactPoint.objects.filter(contact=found, ended_at=None).order_by("-channel", "id"))
    form = MarkForm(
        request.POST if request.method == "POST" else None,
        contact=found,
        points=points,
        may_loosen=request.member.role in RELEASERS,
        clear=masking.sees_clear(request),
    )
    if request.method != "POST" or not form.is_valid():
        looks.record_part("contact.viewed", found, client_id=client.pk, request=request)
        return render(
            request, "consent/mark.html", {"form": form, "contact": found}, status=422 if form.errors else 200
        )
    given, at = form.cleaned_data, db_now()
    changed = [name for name in ("deceased", "adult_from") if getattr(found, name) != given[name]]
    gone = ContactPoint.objects.filter(contact=found, pk__in=given.get("gave_up", []), ended_at=None)
    ended = gone.update(ended_at=at, end_reason=GAVE_UP)
    if changed or ended:
        found.deceased, found.adult_from, found.changed_at = given["deceased"], given["adult_from"], at
        found.save(update_fields=["deceased", "adult_from", "changed_at"])
        audit.record(
            "contact.marked", found, client_id=client.pk, request=request, fields=changed, addresses=ended
        )
        messages.success(request, "Saved. It counts from the next message on.")
    return redirect("contact", client=client.slug, contact=found.pk)
