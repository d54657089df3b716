"""The page behind the link that confirms a mail address: GET shows a button, POST confirms. No sign-in, no cookie, no script."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from consent import confirming_mail, languages
from consent.models import MailConfirmation, MailWish
from consent.signing_up import NotTaken
from tenants import brands
from tenants.access import by_token
from tenants.api.problems import Problem
from tenants.clock import db_now
from tenants.hashing import token_hash
from tenants.scope import acting_for

CLOSED = gettext_noop("This practice cannot take this confirmation just now.")


@by_token
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_mail(request: HttpRequest, token: str) -> HttpResponse:
    """The wording once more with a button; pressed, the address counts. Scanners that open the link confirm nothing."""
    found = MailConfirmation.objects.select_related("client").filter(token_hash=token_hash(token)).first()
    if found is None or found.client.closed_at is not None:
        raise Http404
    language = languages.chosen(request)
    with languages.speaking(language):
        return _answered(request, found, {"other": languages.other(language)})


def _answered(request: HttpRequest, found: MailConfirmation, values: dict[str, Any]) -> HttpResponse:
    client = found.client
    values |= {"practice": client.name, "phone": client.phone, "says": gettext(confirming_mail.NO_LONGER)}
    with acting_for(client.pk):
        values["brand"] = brands.shown(client)
        if request.method != "POST":
            wish = MailWish.objects.filter(pk=found.wish_id).defer("given").first()
            good = found.made_at + confirming_mail.GOOD_FOR > db_now()
            values |= {"done": found.done_at is not None, "wording": wish.wording if wish and good else ""}
            return render(request, "consent/confirm_mail.html", values)
        try:
            with transaction.atomic():
                confirming_mail.confirm(found, request)
        except (NotTaken, Problem) as refused:
            values["says"] = str(refused) if isinstance(refused, NotTaken) else gettext(CLOSED)
            return render(request, "consent/confirm_mail.html", values, status=422)
    return render(request, "consent/confirm_mail.html", values | {"done": True})
