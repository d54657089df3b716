"""One person typed in by hand. No consent comes with it: a yes is recorded on the next page, with its proof."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from consent.addresses import AddressRefused, canonical_email, canonical_sms
from consent.api.taking import Foreseen, foresee, take
from consent.consent_page import RECORDERS
from consent.importing.dates import DateRefused, past_date
from consent.importing.receiving import NO_AGREEMENT, may_import
from consent.importing.rows import NOBODY
from consent.importing.whereabouts import read_state
from consent.models import Contact, Suppression
from consent.reachability import opted_out_sentence
from tenants import audit
from tenants.access import MemberRequest, client_page
from tenants.clock import db_now
from tenants.models import Client, Location

ONLY = "A person is typed in by the agency, the compliance contact or the front desk."


def _text(label: str, longest: int, says: str = "", **attributes: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off"} | attributes)
    return forms.CharField(label=label, max_length=longest, required=False, help_text=says, widget=widget)


class PersonForm(forms.Form):
    """What a list would say of one person. What cannot be read is refused here, not left out: somebody is there to mend it."""

    first_name = _text("First name", 100)
    last_name = _text("Last name", 100)
    phone = _text("Mobile number", 40, "As in (574) 231-0642. A phone, an e-mail address, or both.", inputmode="tel")  # fmt: skip
    email = _text("E-mail address", 320, inputmode="email")
    state = _text("State", 40, "Where they live, as in IN. It decides the hours; without it the number’s area code does.")  # fmt: skip
    last_visit = forms.DateField(label="Last visit", required=False, widget=forms.DateInput(attrs={"type": "date"}))  # fmt: skip
    birth_date = forms.DateField(
        label="Date of birth", required=False, widget=forms.DateInput(attrs={"type": "date", "autocomplete": "off"}),
        help_text="Only for a minor. Not kept: only the month from which they are an adult.",
    )  # fmt: skip
    segment = _text(
        "Segment", 60, "A neutral label, as in Hygiene recall. One that tells about health is replaced."
    )
    language = forms.ChoiceField(label="Language", choices=[("en", "English"), ("es", "Spanish")])
    location = forms.ChoiceField(label="Location", required=False)
    external_id = _text("Id in the practice’s system", 80, "The same id is the same person.")
    guardian_external_id = _text("Guardian’s id in the practice’s system", 80, "For a child: whom to write to.")  # fmt: skip
    seen = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = Location.objects.filter(client=client).order_by("name").values_list("name", flat=True)
        self.fields["location"].choices = [("", "Not said"), *((name, name) for name in places)]  # type: ignore[attr-defined]
        if not places:
            del self.fields["location"]

    def clean_phone(self) -> str:
        return self._address("phone", canonical_sms)

    def clean_email(self) -> str:
        return self._address("email", canonical_email)

    def clean_state(self) -> str:
        state, remark = read_state(self.cleaned_data["state"])
        if remark:
            raise forms.ValidationError("This is no US state or territory.")
        return state

    def clean_last_visit(self) -> date | None:
        return self._past("last_visit")

    def clean_birth_date(self) -> date | None:
        return self._past("birth_date")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and not (given.get("phone") or given.get("email")):
            self.add_error("phone", NOBODY)
        return given

    @property
    def row(self) -> dict[str, Any]:
        """The person as the importer reads one."""
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}

    def _address(self, name: str, canonical: Callable[[str], str]) -> str:
        typed: str = self.cleaned_data[name]
        try:
            return canonical(typed) if typed else ""
        except AddressRefused as refused:
            raise forms.ValidationError(refused.sentence) from None

    def _past(self, name: str) -> date | None:
        day: date | None = self.cleaned_data[name]
        try:
            return past_date(day.isoformat(), db_now().date()) if day else None
        except DateRefused as refused:
            raise forms.ValidationError(f"This is {refused.why}.") from None


@client_page(roles=RECORDERS, says=ONLY)
@require_http_methods(["GET", "POST"])
def contact_new(request: MemberRequest, client: Client) -> HttpResponse:
    """Add one person. Whoever has the same address already is shown first, and nothing is stored until that was seen."""
    allowed = may_import(client)
    form = PersonForm(request.POST or None, client=client)
    if request.method != "POST" or not allowed or not form.is_valid():
        values = {"form": form, "allowed": allowed, "no_agreement": NO_AGREEMENT}
        status = 200 if request.method == "GET" else 422 if allowed else 403
        return render(request, "consent/contact_new.html", values, status=status)
    found = foresee(client, form.row)
    looked_at = _looked_at(found)
    if looked_at and form.cleaned_data["seen"] != looked_at:
        return _to_look_at(request, client, form, found, looked_at)
    (taken,) = take(client, [form.row])
    if taken.contact is None:
        form.add_error(None, " ".join(taken.remarks) or NOBODY)
        values = {"form": form, "allowed": True}
        return render(request, "consent/contact_new.html", values, status=422)
    who = Contact.objects.get(pk=taken.contact)
    audit.record("contact.typed", who, client_id=client.pk, request=request, outcome=taken.outcome)
    joined = taken.outcome != "taken"
    what = (
        "Joined with the record that was there." if joined else f"{who.name or 'The person'} is on the list."
    )
    if not form.cleaned_data["phone"]:
        messages.success(request, what)
        return redirect("contact", client=client.slug, contact=who.pk)
    messages.success(request, f"{what} They get no text before a yes is on record: write it down here, or leave it.")  # fmt: skip
    return redirect("consent_new", client=client.slug, contact=who.pk)


def _looked_at(found: Foreseen) -> str:
    """What must have been seen before anything is stored, in a form that comes back with the page; empty when there is nothing."""
    if not (found.joined or found.sharing or found.remarks or _out(found)):
        return ""
    return ",".join(map(str, [found.joined or 0, len(found.remarks), *found.sharing]))


def _to_look_at(
    request: MemberRequest, client: Client, form: PersonForm, found: Foreseen, looked_at: str
) -> HttpResponse:
    again = request.POST.copy()
    again["seen"] = looked_at
    form.data = again
    people = Contact.objects.in_bulk([*([found.joined] if found.joined else []), *found.sharing])
    audit.record_many("contact.found", {client.pk: len(people)}, by=request.user, request=request)
    values = {
        "form": form,
        "allowed": True,
        "look": True,
        "joined": people.get(found.joined or 0),
        "sharing": [people[each] for each in found.sharing],
        "out": [opted_out_sentence(each) for each in _out(found)],
        "remarks": found.remarks,
    }
    return render(request, "consent/contact_new.html", values, status=422)


def _out(found: Foreseen) -> list[Suppression]:
    rows = Suppression.objects.in_force(db_now()).filter(address__in=found.addresses)
    return list(rows.select_related("client").defer("note").order_by("since"))
