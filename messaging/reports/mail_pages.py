"""How often the reports come by mail and to whom: what went, what comes next, and the client's choice."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from messaging.models import ReportMail, ReportSchedule
from messaging.reports.mailing import MOST_TRIES, own_people
from messaging.reports.report_days import next_due
from tenants import audit
from tenants.access import APPROVER, STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.models import Client, User

NEVER = "never"
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
SHOWN = 12  # days on which reports went


class ScheduleForm(forms.Form):
    """How often, on which day, to whom."""

    every = forms.ChoiceField(
        label="How often",
        choices=[(NEVER, "Not by mail"), *ReportSchedule.Every.choices],
        widget=forms.RadioSelect,
    )
    weekday = forms.TypedChoiceField(label="On", coerce=int, choices=list(enumerate(DAYS, start=1)))
    readers = forms.TypedMultipleChoiceField(
        label="To", coerce=int, required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Only the practice's own people, who sign in to read the report.",
    )  # fmt: skip

    def __init__(self, data: Any = None, *, people: list[User], schedule: ReportSchedule | None) -> None:
        before = (schedule.every, schedule.weekday, schedule.readers) if schedule else (NEVER, 1, [])
        super().__init__(data, initial=dict(zip(("every", "weekday", "readers"), before, strict=True)))
        self.fields["readers"].choices = [(each.pk, f"{each.name} ({each.email})") for each in people]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Somebody must read it."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("every") in ReportSchedule.Every.values and not self.errors and not given["readers"]:
            self.add_error("readers", "Choose at least one person, or “Not by mail”.")
        return given


@client_page()
@require_http_methods(["GET", "POST"])
def reports(request: MemberRequest, client: Client) -> HttpResponse:
    """Read by everybody of the client; changed by its compliance contact and the agency."""
    schedule, people = _schedule(client), list(own_people(client))
    may_change = request.member.role in APPROVER | STAFF
    form = ScheduleForm(request.POST or None, people=people, schedule=schedule)
    if request.method == "POST" and not may_change:
        messages.error(request, "Only the practice's compliance contact and the agency's people change this.")
        return redirect("reports", client=client.slug)
    if request.method == "POST" and form.is_valid():
        _set(request, client, form.cleaned_data)
        return redirect("reports", client=client.slug)
    mails = (
        ReportMail.objects.filter(client=client)
        .select_related("user")
        .order_by("-due_on", "user__name", "pk")[:200]
    )
    days = [(day, list(rows)) for day, rows in groupby(mails, key=lambda each: each.due_on)][:SHOWN]
    here = {each.pk for each in people}
    values = {
        "form": form, "schedule": schedule, "may_change": may_change, "people": people, "days": days, "most_tries": MOST_TRIES,
        "weekday": DAYS[schedule.weekday - 1] if schedule else "",
        "next": next_due(schedule, db_now(), ZoneInfo(client.time_zone)) if schedule else None,
        "to": [each for each in people if each.pk in schedule.readers] if schedule else [],
        "gone": len([each for each in schedule.readers if each not in here]) if schedule else 0,
        "refused": [each for each in days[0][1] if each.refused_at] if days else [],
    }  # fmt: skip
    return render(request, "messaging/reports.html", values, status=422 if form.errors else 200)


def _schedule(client: Client) -> ReportSchedule | None:
    rows = ReportSchedule.objects.filter(client=client, ended_at=None).select_related("set_by")
    found: ReportSchedule | None = rows.first()
    return found


def _set(request: MemberRequest, client: Client, given: dict[str, Any]) -> None:
    """End what holds and begin what was chosen; the same again changes nothing."""
    Client.objects.select_for_update(of=("self",), no_key=True).get(pk=client.pk)
    before = _schedule(client)
    chosen = (given["every"], given["weekday"], sorted(given["readers"]))
    if before and chosen == (before.every, before.weekday, sorted(before.readers)):
        messages.success(request, "Nothing was changed.")
        return
    ReportSchedule.objects.filter(client=client).end(db_now())
    if given["every"] == NEVER:
        audit.record("reports.ended", before or "", client_id=client.pk, request=request)
        messages.success(request, "Reports do not come by mail any more.")
        return
    made = ReportSchedule.objects.create(
        client=client,
        every=given["every"],
        weekday=given["weekday"],
        readers=given["readers"],
        set_by=request.user,
    )
    audit.record(
        "reports.scheduled", made, client_id=client.pk, request=request, every=made.every, weekday=made.weekday, readers=made.readers
    )  # fmt: skip
    messages.success(request, "Saved. The first mail comes on the next such day.")
