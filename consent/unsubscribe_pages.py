"""The unsubscribe link of a mail: a page with one button, and RFC 8058's one-click POST. No sign-in, no cookie, no script.

Folded below the button stands a choice by kind of message, and below that the same for texts to the same person. Each
is a further no, never a hurdle: whatever is posted that names neither a kind nor their number, stops all mails.

Mail scanners open every link, so GET changes nothing. The link works for ever: also after the contact was erased
and after the client left (reliability F42, F43).
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from consent import coming_back, languages
from consent.choosing import KINDS, stop_purpose, stopped
from consent.models import PreferenceLink, Suppression
from consent.other_numbers import Number, named, numbers, stop_texts, take_again
from consent.suppressing import suppress
from tenants import brands
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
        PreferenceLink.objects.select_related("client__agency", "address")
        .filter(token_hash=token_hash(token))
        .first()
    )
    if link is None:
        raise Http404
    with acting_for(link.client_id):
        language = languages.of_address(link.address_id)
    with languages.speaking(languages.chosen(request, language)):
        return _answered(request, link)


def _answered(request: HttpRequest, link: PreferenceLink) -> HttpResponse:
    if request.method != "POST":
        return _asked(request, link)
    if _asks_again(request):
        return _again(request, link)
    purpose, texts = _one_kind(request), _of_texts(request)
    with acting_for(link.client_id):
        if number := named(link, texts):
            stop_texts(link, number, purpose)
            return render(request, "consent/unsubscribe.html", _values(link) | _back(link))
        if purpose and not texts:
            stop_purpose(link, purpose)
        else:
            source = (
                Suppression.Source.ONE_CLICK if _is_one_click(request) else Suppression.Source.PREFERENCES
            )
            suppress(
                link.client_id, link.address_id, link.address.channel, source,
                message_id=link.message_id, campaign_id=link.campaign_id,
            )  # fmt: skip
        template = "unsubscribed" if coming_back.all_out(link) else "stopped_some"
        values = _values(link) | _back(link)
    return render(request, f"consent/{template}.html", values)


def _asked(request: HttpRequest, link: PreferenceLink) -> HttpResponse:
    with acting_for(link.client_id):
        back = _back(link)
        left = "unsubscribed" if back["back"] and coming_back.all_out(link) else "unsubscribe"
        return render(request, f"consent/{left}.html", _values(link) | back)


def _values(link: PreferenceLink) -> dict[str, Any]:
    """What every page of the link shows, inside the client's scope."""
    off = stopped(link)
    return {
        "practice": link.client.name,
        "brand": brands.shown(link.client),
        "phone": link.client.phone,
        "agency": link.client.agency,
        "mail": link.address.channel == Channel.EMAIL,
        "off": [KINDS[each] for each in off],
        "kinds": [(each, says) for each, says in KINDS.items() if each not in off],
        "numbers": numbers(link),
        "other": languages.other(languages.known(get_language() or "")),
    }


def _back(link: PreferenceLink) -> dict[str, str]:
    return {"back": coming_back.wording(link) if coming_back.may_come_back(link) else ""}


def _one_kind(request: HttpRequest) -> str:
    """The one kind of messages that a button of the page stops; empty when everything is to stop."""
    try:
        if _is_one_click(request):
            return ""
        chosen = request.POST.getlist("only")
    except (SuspiciousOperation, MultiPartParserError, UnreadablePostError):
        return ""
    return chosen[0] if len(chosen) == 1 and chosen[0] in KINDS else ""


def _of_texts(request: HttpRequest) -> str:
    """The number whose texts a button of the page stops; empty when it is about mails, as every mail program's press is."""
    try:
        return "" if _is_one_click(request) else request.POST.get("texts", "")
    except (SuspiciousOperation, MultiPartParserError, UnreadablePostError):
        return ""


def _asks_again(request: HttpRequest) -> bool:
    try:
        return "again" in request.POST
    except (SuspiciousOperation, MultiPartParserError, UnreadablePostError):
        return False


def _again(request: HttpRequest, link: PreferenceLink) -> HttpResponse:
    """A fresh yes: a box that was ticked and a name that was typed, or nothing changes."""
    signed, agreed = request.POST.get("signer_name", "").replace("\0", ""), request.POST.get("agree") == "yes"
    with acting_for(link.client_id):
        if number := named(link, _of_texts(request)):
            done = agreed and take_again(link, number, signed, request)
            return _texts_again(request, link, number, signed, done=done)
        possible = coming_back.may_come_back(link)
        done = agreed and coming_back.come_back(link, signed, request)
        all_out = coming_back.all_out(link)
        values = _values(link) | {"signed": signed} | ({} if done else _back(link))
    values["problem"] = (
        gettext("Tick the box and type your name, if you want e-mails again.")
        if possible and not done
        else ""
    )
    template = "subscribed_again" if done else "unsubscribed" if all_out else "stopped_some"
    return render(request, f"consent/{template}.html", values, status=200 if done else 422)


def _texts_again(
    request: HttpRequest, link: PreferenceLink, number: Number, signed: str, *, done: bool
) -> HttpResponse:
    values = _values(link) | {"ends": number.ends, "about": number.address, "signed": signed}
    if done:
        return render(request, "consent/subscribed_again.html", values)
    if number.back:
        values["texts_problem"] = gettext("Tick the box and type your name, if you want texts again.")
    return render(request, "consent/unsubscribe.html", values, status=422)


def _is_one_click(request: HttpRequest) -> bool:
    """Whether a mail program posts (RFC 8058); a body nobody can read is an opt-out all the same."""
    try:
        return bool(request.POST.get("List-Unsubscribe") == "One-Click")
    except (SuspiciousOperation, MultiPartParserError, UnreadablePostError):
        return False
