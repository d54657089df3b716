"""The unsubscribe link of a mail: a page with one button, and RFC 8058's one-click POST. No sign-in, no cookie, no script.

Mail scanners open every link, so GET changes nothing. The link works for ever: also after the contact was erased
and after the client left (reliability F42, F43).
"""

from __future__ import annotations

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from consent.models import PreferenceLink, Suppression
from consent.suppressing import suppress
from tenants.access import by_token
from tenants.hashing import token_hash
from tenants.models import Channel
from tenants.scope import acting_for


@by_token
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET: the practice's name and one button. POST, by the button or by the mail program: opted out."""
    link = (
        PreferenceLink.objects.select_related("client", "address")
        .filter(token_hash=token_hash(token))
        .first()
    )
    if link is None:
        raise Http404
    done = request.method == "POST"
    if done:
        source = Suppression.Source.ONE_CLICK if _is_one_click(request) else Suppression.Source.PREFERENCES
        with acting_for(link.client_id):
            suppress(
                link.client_id, link.address_id, link.address.channel, source,
                message_id=link.message_id, campaign_id=link.campaign_id,
            )  # fmt: skip
    return render(
        request,
        "consent/unsubscribed.html" if done else "consent/unsubscribe.html",
        {
            "practice": link.client.name,
            "phone": link.client.phone,
            "mail": link.address.channel == Channel.EMAIL,
        },
    )


def _is_one_click(request: HttpRequest) -> bool:
    """Whether a mail program posts (RFC 8058); a body nobody can read is an opt-out all the same."""
    try:
        return bool(request.POST.get("List-Unsubscribe") == "One-Click")
    except (SuspiciousOperation, MultiPartParserError, UnreadablePostError):
        return False
