"""Systems that are told what happens: named by the owner, and the log of what each was told."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Func, IntegerField, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from messaging.listeners.forms import ListenerForm
from messaging.listeners.rounds import OFF
from messaging.models import Listener, Telling, ToTell
from tenants import audit
from tenants.access import APPROVER, OWNER, STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.keyset import page_of
from tenants.models import Client
from tenants.step_up import lately_proven
from tenants.webhook_signing import new_secret

ONLY_OWNER = "Only the agency's owner decides which systems are told."
SEEN = "What other systems are told is seen by the agency and the compliance contact."
MOST = 10  # that listen
SHOWS = ("open", "failed")  # of the log


class Length(Func):
    """How many there are in a JSON list."""

    function = "jsonb_array_length"
    output_field = IntegerField()


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(roles=STAFF | APPROVER, says=SEEN)
@lately_proven
def listeners(request: MemberRequest, client: Client) -> HttpResponse:
    """Who listens; the secret of a new one is shown this once and never again."""
    is_owner = request.member.role in OWNER
    form = ListenerForm(request.POST or None)
    values: dict[str, Any] = {"is_owner": is_owner, "form": form}
    status = 200
    if request.method == "POST":
        status = 422
        if not is_owner:
            raise PermissionDenied(ONLY_OWNER)
        if form.is_valid() and Listener.objects.filter(ended_at=None).count() >= MOST:
            form.add_error(None, f"{MOST} systems listen already. End one first.")
        elif form.is_valid():
            values["secret"] = new_secret()
            values["made"] = _make(request, client, form.cleaned_data, values["secret"])
            values["form"], status = ListenerForm(), 200
    values["rows"] = _with_numbers(Listener.objects.filter(ended_at=None).order_by("pk"))
    return render(request, "messaging/listeners.html", values, status=status)


@require_http_methods(["GET", "HEAD"])
@client_page(roles=STAFF | APPROVER, says=SEEN)
def listener(request: MemberRequest, client: Client, listener: int) -> HttpResponse:
    """What this system was told, newest first, and how it answered."""
    found = get_object_or_404(_with_numbers(Listener.objects.filter(ended_at=None)), pk=listener)
    show = request.GET.get("show", "")
    rows = Telling.objects.filter(listener=found)
    if show == "open":
        rows = rows.open()
    elif show == "failed":
        rows = rows.filter(given_up_at__isnull=False)
    values = {
        "listener": found,
        "page": page_of(rows, request.GET.get("after", "")),
        "show": show if show in SHOWS else "",
        "is_owner": request.member.role in OWNER,
        "kinds": [Listener.Kind(each).label for each in found.kinds],
        "off_after": OFF.days,
    }
    return render(request, "messaging/listener.html", values)


@require_http_methods(["GET", "HEAD"])
@client_page(roles=STAFF | APPROVER, says=SEEN)
def telling(request: MemberRequest, client: Client, listener: int, telling: int) -> HttpResponse:
    """One request: what stood in it and how it was answered."""
    found = get_object_or_404(Telling.objects.select_related("listener"), pk=telling, listener=listener)
    repeats = Telling.objects.filter(again=found).order_by("pk")[:20]
    values = {"telling": found, "repeats": repeats, "is_owner": request.member.role in OWNER}
    return render(request, "messaging/telling.html", values)


@require_POST
@client_page(roles=OWNER, says=ONLY_OWNER)
def telling_again(request: MemberRequest, client: Client, listener: int, telling: int) -> HttpResponse:
    """Tell the same once more: as a request of its own, with the same events."""
    found = get_object_or_404(
        Telling.objects.select_related("listener"), pk=telling, listener=listener, listener__ended_at=None
    )
    if Telling.objects.open().filter(Q(again=found) | Q(pk=found.pk)).exists():
        messages.info(request, "It is waiting to be told already.")
    else:
        made = Telling.objects.create(
            client=client, listener=found.listener, events=found.events, again=found, made_at=db_now()
        )
        audit.record("listener.told_again", made, client_id=client.pk, request=request)
        messages.success(request, "It is told once more, within seconds if the system answers.")
    return redirect("listener", client=client.slug, listener=listener)


@require_POST
@client_page(roles=OWNER, says=ONLY_OWNER)
def listener_try(request: MemberRequest, client: Client, listener: int) -> HttpResponse:
    """Send something harmless now, and switch it on again if it was off."""
    found = get_object_or_404(Listener, pk=listener, ended_at=None)
    back = Listener.objects.filter(pk=found.pk, off_at__isnull=False)
    was_off = back.update(off_at=None, told_off_at=None, failing_since=None)
    Listener.objects.filter(pk=found.pk).update(next_at=db_now())
    if not ToTell.objects.filter(listener=found, kind="ping").exists():
        ToTell.objects.create(client=client, listener=found, kind="ping", data={})
    verb = "listener.switched_on" if was_off else "listener.tried"
    audit.record(verb, found, client_id=client.pk, request=request)
    messages.success(request, "It is called within seconds. Look below how it answered.")
    return redirect("listener", client=client.slug, listener=listener)


@require_POST
@client_page(roles=OWNER, says=ONLY_OWNER)
@lately_proven
def listener_end(request: MemberRequest, client: Client, listener: int) -> HttpResponse:
    """From now on it is told nothing."""
    found = get_object_or_404(Listener, pk=listener, ended_at=None)
    Listener.objects.filter(pk=found.pk, ended_at=None).update(ended_at=db_now())
    ToTell.objects.filter(listener=found).delete()
    audit.record("listener.ended", found, client_id=client.pk, request=request)
    messages.success(request, f"{found.name} is told nothing any more.")
    return redirect("listeners", client=client.slug)


def _make(request: MemberRequest, client: Client, given: dict[str, Any], secret: str) -> Listener:
    made: Listener = Listener.objects.create(
        client=client, name=given["name"], url=given["url"], secret=secret, kinds=given["kinds"], made_by=request.user
    )  # fmt: skip
    audit.record("listener.made", made, client_id=client.pk, request=request, kinds=made.kinds)
    return made


def _with_numbers(rows: Any) -> Any:
    """With how much waits, and when it last took something."""
    mine = {"listener": OuterRef("pk"), "client": OuterRef("client")}
    waits = ToTell.objects.filter(**mine).order_by().values("listener").annotate(many=Count("pk"))
    taken = Telling.objects.filter(**mine, taken_at__isnull=False).order_by("-pk")
    being = (
        Telling.objects.open()
        .filter(**mine)
        .order_by()
        .values("listener")
        .annotate(many=Sum(Length("events")))
    )
    numbers = {
        "waits": Coalesce(Subquery(waits.values("many")), 0) + Coalesce(Subquery(being.values("many")), 0),
        "last_taken": taken.values("taken_at")[:1],
    }
    return rows.select_related("made_by").annotate(**numbers)
