"""Keys with which a client's own systems use the API: made, shown once, ended."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from tenants.access import APPROVER, OWNER, STAFF, MemberRequest, client_page
from tenants.api import tokens
from tenants.clock import db_now
from tenants.models import ApiToken, Client, Scope
from tenants.step_up import lately_proven

ONLY_OWNER = "Only the agency's owner makes and ends keys."
LASTS = [("30", "30 days"), ("90", "90 days"), ("365", "A year")]
MOST = 20  # keys in force


class KeyForm(forms.Form):
    """What a key is for, what it may do and for how long."""

    name = forms.CharField(label="Which system uses it", max_length=80, help_text="As in: website form.")
    scopes = forms.MultipleChoiceField(
        label="It may",
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="No more than it needs: writing does not include reading.",
    )
    days = forms.ChoiceField(label="It lasts", choices=LASTS, initial="90", widget=forms.RadioSelect)


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(roles=STAFF | APPROVER, says="Keys are seen by the agency and the compliance contact.")
@lately_proven
def api_keys(request: MemberRequest, client: Client) -> HttpResponse:
    """The keys there are; a new one is shown this once and never again."""
    is_owner = request.member.role in OWNER
    form = KeyForm(request.POST or None)
    values: dict[str, Any] = {"is_owner": is_owner, "form": form}
    status = 200
    if request.method == "POST":
        status = 422
        if not is_owner:
            raise PermissionDenied(ONLY_OWNER)
        if form.is_valid() and _in_force(client) >= MOST:
            form.add_error(None, f"There are {MOST} keys in force. End one that nobody uses first.")
        elif form.is_valid():
            given = form.cleaned_data
            values["made"], values["secret"] = tokens.make(
                client, name=given["name"], scopes=given["scopes"], days=int(given["days"]), by=request.user, request=request
            )  # fmt: skip
            values["form"], status = KeyForm(), 200
    at = db_now()
    rows = ApiToken.objects.filter(client=client).select_related("made_by").order_by("-id")[:100]
    values["keys"] = [(each, each.ended_at is None and each.expires_at > at) for each in rows]
    return render(request, "tenants/api_keys.html", values, status=status)


@require_POST
@client_page(roles=OWNER, says=ONLY_OWNER)
@lately_proven
def api_key_end(request: MemberRequest, client: Client, token: int) -> HttpResponse:
    """From now on the key opens nothing."""
    found = get_object_or_404(ApiToken, pk=token, client=client)
    if tokens.end(found, by=request.user, request=request):
        messages.success(request, f"The key of {found.name} opens nothing any more.")
    return redirect("api_keys", client=client.slug)


def _in_force(client: Client) -> int:
    return ApiToken.objects.filter(client=client, ended_at=None, expires_at__gt=db_now()).count()
