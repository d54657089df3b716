"""The client's logo and colour: chosen in its settings, and served to its people's pages."""

from __future__ import annotations

import base64
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from tenants import audit, brands
from tenants.access import STAFF, MemberRequest, by_token, client_page
from tenants.clock import db_now
from tenants.drawing import Refused
from tenants.models import Brand, Client
from tenants.scope import acting_for

WHY_NOT = {
    "too_large": "That picture is larger than 2 MB, or than 50 million pixels. Save it smaller.",
    "not_a_picture": "That is no picture that can be read. Choose a PNG, JPEG, GIF or WebP.",
}
FOR_EVER = "public, max-age=31536000, immutable"  # another version has another address


class BrandForm(forms.Form):
    """A colour that can be read, and a logo that is re-drawn."""

    colour = forms.RegexField(
        r"^#[0-9a-fA-F]{6}$", required=False, strip=True, label="Color of buttons and links",
        help_text="Six digits, as in #1a5f7a. Empty: our blue.",
        error_messages={"invalid": "Write a color with six digits, as in #1a5f7a."},
    )  # fmt: skip
    logo = forms.FileField(
        required=False, label="Logo", help_text="PNG, JPEG, GIF or WebP, up to 2 MB. It is drawn anew on white.",
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/gif,image/webp"}),
    )  # fmt: skip
    without = forms.BooleanField(required=False, label="No logo any more")

    def clean_colour(self) -> str:
        colour = str(self.cleaned_data["colour"]).lower()
        if colour and (found := brands.contrast(colour)) < brands.READABLE:
            raise forms.ValidationError(
                f"Words in this color are hard to read: their contrast is {found:.1f} to 1, and {brands.READABLE} is needed. "
                f"Take a darker one: {brands.darker(colour)} would do."
            )
        return colour

    def clean_logo(self) -> tuple[str, int, int] | None:
        given: UploadedFile | None = self.cleaned_data["logo"]
        if given is None:
            return None
        try:
            return brands.drawn(given.read(brands.MOST_BYTES + 1))
        except Refused as refused:
            raise forms.ValidationError(WHY_NOT[str(refused)]) from None


@client_page(roles=STAFF, says="The agency's people keep these settings.")
@require_http_methods(["GET", "POST"])
def brand(request: MemberRequest, client: Client) -> HttpResponse:
    """What the practice's people see of it, and the form that changes it."""
    before = brands.now(client)
    start = {"colour": before.colour if before else ""}
    form = BrandForm(request.POST or None, request.FILES or None, initial=start)
    if request.method == "POST" and form.is_valid():
        _set(request, client, form.cleaned_data)
        messages.success(request, "Saved. It stands on approvals and preference pages from now on.")
        return redirect("brand", client=client.slug)
    values = {
        "form": form, "brand_now": before, "shown": brands.shown(client),
        "contrast": brands.contrast(before.colour) if before and before.colour else None,
    }  # fmt: skip
    return render(request, "tenants/brand.html", values, status=422 if form.errors else 200)


def _set(request: MemberRequest, client: Client, given: dict[str, Any]) -> None:
    """End what held and begin what was chosen; nothing chosen: ours."""
    Client.objects.select_for_update(of=("self",), no_key=True).get(pk=client.pk)
    before = brands.now(client)
    kept = (before.logo, before.width, before.height) if before and not given["without"] else ("", 0, 0)
    logo, width, height = given["logo"] or kept
    Brand.objects.filter(client=client, ended_at=None).update(ended_at=db_now())
    if logo or given["colour"]:
        Brand.objects.create(
            client=client, colour=given["colour"], logo=logo, width=width, height=height, by=request.user
        )
    audit.record(
        "brand.changed", client, client_id=client.pk, request=request, colour=given["colour"], logo=bool(logo)
    )


@by_token
@require_GET
def brand_style(request: HttpRequest, key: str) -> HttpResponse:  # noqa: ARG001
    """The colour as a style sheet."""
    found = _version(key)
    if not found.colour:
        raise Http404
    return _kept(brands.style(found.colour).encode(), "text/css; charset=utf-8")


@by_token
@require_GET
def brand_logo(request: HttpRequest, key: str) -> HttpResponse:  # noqa: ARG001
    """The logo as we drew it."""
    found = _version(key)
    if not found.logo:
        raise Http404
    return _kept(base64.b64decode(found.logo), "image/png")


def _version(key: str) -> Brand:
    named = brands.named_by(key)
    if named is None:
        raise Http404
    client_id, pk = named
    with acting_for(client_id):
        found: Brand | None = Brand.objects.filter(client=client_id, pk=pk).first()
    if found is None:
        raise Http404
    return found


def _kept(content: bytes, kind: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer["Cache-Control"] = FOR_EVER
    return answer
