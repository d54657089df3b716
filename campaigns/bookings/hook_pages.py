"""Booking systems that tell of appointments by themselves: their addresses and secrets, and the log of what each told."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from campaigns.bookings import hooks
from campaigns.models import BookingDelivery, BookingHook
from tenants import audit
from tenants.access import APPROVER, OWNER, STAFF, MemberRequest, client_page
from tenants.keyset import page_of
from tenants.models import Client
from tenants.step_up import lately_proven

ONLY_OWNER = "Only the agency's owner decides which systems tell of appointments."
SEEN = "Which systems tell of appointments is seen by the agency and the compliance contact."


class HookForm(forms.Form):
    """Which system it is."""

    name = forms.CharField(label="Which system tells", max_length=80, help_text="As in: booking software.")


class SecretForm(forms.Form):
    """Whether the former secret may be used for another day."""

    at_once = forms.BooleanField(
        label="The former secret got out: end it now",
        required=False,
        help_text="Otherwise both are taken for 24 hours, so that nothing is lost while the other side changes over.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(roles=STAFF | APPROVER, says=SEEN)
@lately_proven
def booking_hooks(request: MemberRequest, client: Client) -> HttpResponse:
    """Which systems there are; the secret of a new one is shown this once and never again."""
    form = HookForm(request.POST or None)
    values: dict[str, Any] = {"is_owner": request.member.role in OWNER, "form": form}
    status = 200
    rows = BookingHook.objects.filter(client=client, ended_at=None)
    if request.method == "POST":
        status = 422
        if not values["is_owner"]:
            raise PermissionDenied(ONLY_OWNER)
        if form.is_valid() and rows.count() >= hooks.MOST:
            form.add_error(None, f"{hooks.MOST} systems tell already. End one first.")
        elif form.is_valid():
            made, values["secret"] = hooks.make(client, form.cleaned_data["name"], by=request.user)
            audit.record("booking_hook.made", made, client_id=client.pk, request=request)
            values |= {"made": made, "address": address_of(made), "form": HookForm()}
            status = 200
    values["rows"] = rows.select_related("made_by").order_by("pk")
    return render(request, "campaigns/booking_hooks.html", values, status=status)


@require_GET
@client_page(roles=STAFF | APPROVER, says=SEEN)
def booking_hook(request: MemberRequest, client: Client, booking_hook: int) -> HttpResponse:
    """What this system told, newest first, and how it was answered."""
    return _one(request, client, _found(client, booking_hook))


@require_POST
@client_page(roles=OWNER, says=ONLY_OWNER)
@lately_proven
def booking_hook_secret(request: MemberRequest, client: Client, booking_hook: int) -> HttpResponse:
    """A new secret, shown this once."""
    found, form = _found(client, booking_hook), SecretForm(request.POST)
    at_once = form.is_valid() and form.cleaned_data["at_once"]
    secret = hooks.renew(found, at_once=at_once)
    audit.record("booking_hook.new_secret", found, client_id=client.pk, request=request, at_once=at_once)
    return _one(request, client, found, secret=secret, at_once=at_once)


@require_POST
@client_page(roles=OWNER, says=ONLY_OWNER)
@lately_proven
def booking_hook_end(request: MemberRequest, client: Client, booking_hook: int) -> HttpResponse:
    """From now on nothing is taken at this address."""
    found = _found(client, booking_hook)
    if hooks.end(found):
        audit.record("booking_hook.ended", found, client_id=client.pk, request=request)
        messages.success(request, f"Nothing is taken from {found.name} any more.")
    return redirect("booking_hooks", client=client.slug)


def address_of(hook: BookingHook) -> str:
    """Where the system posts to."""
    return settings.PUBLIC_URL + reverse("hook_bookings", args=[hook.public_id])


def _one(request: MemberRequest, client: Client, found: BookingHook, **more: Any) -> HttpResponse:
    rows = BookingDelivery.objects.filter(hook=found)
    values = {
        "hook": found, "address": address_of(found), "page": page_of(rows, request.GET.get("after", "")),
        "is_owner": request.member.role in OWNER, "secret_form": SecretForm(),
    }  # fmt: skip
    return render(request, "campaigns/booking_hook.html", values | more)


def _found(client: Client, pk: int) -> BookingHook:
    rows = BookingHook.objects.select_related("made_by")
    found: BookingHook = get_object_or_404(rows, pk=pk, client=client, ended_at=None)
    return found
