"""Open one picture: a step of its own, on record, and nothing that another website could show."""

from __future__ import annotations

import base64

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from messaging.models import Picture
from tenants import audit
from tenants.access import APPROVER, STAFF, MemberRequest, client_page
from tenants.models import Client, Role

VIEWERS = STAFF | APPROVER | {Role.FRONT_DESK}
SAYS = "Pictures are opened by who answers people: the agency, the compliance contact and the front desk."


@client_page(roles=VIEWERS, says=SAYS)
@require_POST
def picture(request: MemberRequest, client: Client, reply: int, picture: int) -> HttpResponse:
    """The picture itself, for this one look; kept by no cache."""
    found = get_object_or_404(Picture, pk=picture, reply=reply)
    if not found.file:
        raise Http404
    audit.record("picture.opened", found, client_id=client.pk, request=request, reply=reply)
    shown = HttpResponse(base64.b64decode(found.file), content_type="image/jpeg")
    shown["Content-Disposition"] = f'inline; filename="picture-{found.pk}.jpg"'
    shown["Cache-Control"] = "no-store, private"
    shown["Cross-Origin-Resource-Policy"] = "same-origin"
    return shown
