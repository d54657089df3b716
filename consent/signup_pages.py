"""The hosted form on which people agree to texts, and the members' page where its wording is kept, version by version.

The public page needs no sign-in, no cookie and no script, and may stand in a frame of the practice's own website only.
What protects it in place of a cookie: a browser says where a form comes from, and the page carries a signed ticket.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from consent import confirming_mail, languages, signing_up
from consent.models import SignupForm, SignupWording
from consent.signup_forms import AgreeForm, WordingForm
from tenants import audit, brands
from tenants.access import APPROVER, STAFF, MemberRequest, by_token, client_page
from tenants.api.problems import Problem
from tenants.clock import db_now
from tenants.models import Client, Purpose
from tenants.scope import acting_for

WRITERS = STAFF | APPROVER
ONLY = "The wording is written by the agency and the compliance contact."
MOST = 20  # forms of a client
FOREIGN = gettext_noop(
    "This form was sent from another website, so nothing was recorded. Open it anew and send it from there."
)
TOO_MANY = gettext_noop(
    "Too many forms came in within this minute. Nothing was recorded; try again in a minute."
)
CLOSED = gettext_noop("This practice cannot take this form just now.")


@by_token
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest, form: str) -> HttpResponse:
    """GET: the wording with an empty box. POST: the yes, recorded with what was shown."""
    found = SignupForm.objects.select_related("client__agency").filter(public_id=form, closed_at=None).first()
    if found is None:
        raise Http404
    client = found.client
    with acting_for(client.pk):
        wording = SignupWording.objects.in_force(db_now()).filter(form=found.public_id).first()
        # A practice that changed its name says so in a new wording first.
        if wording is None or signing_up.lint(wording.wording, wording.purposes, client.name):
            raise Http404
        with languages.speaking(wording.language):
            if request.method != "POST":
                framed = request.headers.get("Sec-Fetch-Dest") in ("iframe", "frame")
                within = request.headers.get("Referer", "") if framed else ""
                return _framed(_shown(request, client, wording, _empty(found, wording, within)), client)
            answer = _sent(request, client, found, wording)
    if isinstance(answer, _Agreed):
        with languages.speaking(wording.language):
            answer = _thanked(request, client, answer)
    return _framed(answer, client)


@client_page(roles=WRITERS, says=ONLY)
@require_http_methods(["GET", "POST"])
def signup_forms(request: MemberRequest, client: Client) -> HttpResponse:
    """Every form with its address and its wordings; a new one."""
    first = {
        "purposes": Purpose.values,
        "wording": signing_up.starter(client.name, Purpose.values),
        "name": "Website",
    }
    form = WordingForm(request.POST or None, client=client, initial=first)
    if request.method == "POST" and form.is_valid():
        if SignupForm.objects.filter(client=client, closed_at=None).count() >= MOST:
            form.add_error(None, f"A client has at most {MOST} forms. Close one first.")
        else:
            made = SignupForm.objects.create(
                public_id=secrets.token_urlsafe(16), client=client, name=form.cleaned_data["name"]
            )
            _write(request, client, made, form)
            return redirect("signup_forms", client=client.slug)
    return _listed(request, client, form)


@client_page(roles=WRITERS, says=ONLY)
@require_http_methods(["GET", "POST"])
def signup_wording(request: MemberRequest, client: Client, signup: int) -> HttpResponse:
    """A new version of a form's wording, begun from the one that is shown."""
    found = get_object_or_404(SignupForm, pk=signup, client=client, closed_at=None)
    now = SignupWording.objects.in_force(db_now()).filter(form=found.public_id).first()
    first: dict[str, Any] = {"name": found.name, "asks_mail": found.asks_mail}
    if now is not None:
        first |= {"purposes": now.purposes, "wording": now.wording, "language": now.language}
        first["lasts_months"] = now.lasts_months
    form = WordingForm(request.POST or None, client=client, initial=first)
    if request.method == "POST" and form.is_valid():
        _write(request, client, found, form)
        return redirect("signup_forms", client=client.slug)
    values = {"form": form, "found": found, "now": now}
    return render(request, "consent/signup_wording.html", values, status=422 if form.is_bound else 200)


@client_page(roles=WRITERS, says=ONLY)
@require_POST
def signup_close(request: MemberRequest, client: Client, signup: int) -> HttpResponse:
    """Close a form: its address answers no more. What people agreed to stays."""
    found = get_object_or_404(SignupForm, pk=signup, client=client)
    if SignupForm.objects.filter(pk=found.pk, closed_at=None).update(closed_at=db_now()):
        audit.record("signup.closed", found, client_id=client.pk, request=request)
        messages.success(
            request, f"“{found.name}” is closed. Its address answers no more; what people agreed to stays."
        )
    return redirect("signup_forms", client=client.slug)


def _write(request: MemberRequest, client: Client, found: SignupForm, form: WordingForm) -> None:
    given = form.cleaned_data
    rows = SignupWording.objects.filter(form=found.public_id)
    SignupForm.objects.select_for_update().get(pk=found.pk)  # two members at once, one after the other
    number = (rows.aggregate(last=Max("number"))["last"] or 0) + 1
    rows.end(db_now())
    made = SignupWording.objects.create(
        client=client, form=found.public_id, number=number, language=given["language"], wording=given["wording"],
        purposes=given["purposes"], lasts_months=given["lasts_months"], made_by=request.user,
    )  # fmt: skip
    SignupForm.objects.filter(pk=found.pk).update(name=given["name"], asks_mail=given["asks_mail"])
    audit.record(
        "signup.worded", made, client_id=client.pk, request=request, form=found.public_id, version=number
    )
    messages.success(request, f"Version {number} is what “{given['name']}” shows from now on.")


def _listed(request: MemberRequest, client: Client, form: WordingForm) -> HttpResponse:
    doors = list(SignupForm.objects.filter(client=client, closed_at=None).order_by("opened_at"))
    wordings: dict[str, list[SignupWording]] = {}
    for each in SignupWording.objects.filter(client=client).select_related("made_by").order_by("-number"):
        wordings.setdefault(each.form, []).append(each)
    values = {
        "form": form,
        "rows": [(door, _address(door), wordings.get(door.public_id, [])) for door in doors],
    }
    return render(request, "consent/signup_forms.html", values, status=422 if form.is_bound else 200)


def _address(form: SignupForm) -> str:
    return settings.PUBLIC_URL + reverse("sign_up", args=[form.public_id])


def _asks_mail(form: SignupForm) -> bool:
    return form.asks_mail and confirming_mail.possible(form.client)


def _empty(form: SignupForm, wording: SignupWording, within: str) -> AgreeForm:
    return AgreeForm(
        initial={"ticket": signing_up.ticket(wording, within)},
        mail=_asks_mail(form),
    )


def _shown(
    request: HttpRequest,
    client: Client,
    wording: SignupWording,
    form: AgreeForm,
    status: int = 200,
    says: str = "",
) -> HttpResponse:
    values = {"examples": signing_up.examples(client.name, wording.purposes),
              "practice": client.name, "brand": brands.shown(client), "website": client.website, "phone": client.phone,
              "policy": client.health_policy, "agency": client.agency, "wording": wording, "form": form, "says": says,
              "says_wording": signing_up.said(wording.wording, wording.lasts_months),
              "mail_wording": confirming_mail.wording(client.name, wording.purposes, wording.lasts_months)}  # fmt: skip
    return render(request, "consent/sign_up.html", values, status=status)


@dataclass(frozen=True)
class _Agreed:
    """A yes that is recorded, and the letter about an address, if one is to leave once that is committed."""

    wording: SignupWording
    asking: confirming_mail.Asking | None
    with_mail: bool


def _sent(
    request: HttpRequest, client: Client, found: SignupForm, now: SignupWording
) -> HttpResponse | _Agreed:
    form = AgreeForm(request.POST, mail=_asks_mail(found))
    if not _from_here(request):
        return _shown(request, client, now, _empty(found, now, ""), 403, gettext(FOREIGN))
    if signing_up.too_many(found, request):
        return _shown(request, client, now, form, 429, gettext(TOO_MANY))
    try:
        seen, within = signing_up.shown(str(request.POST.get("ticket", "")), found)
    except signing_up.NotTaken as refused:
        return _shown(request, client, now, _empty(found, now, ""), 422, str(refused))
    if not form.is_valid():
        return _shown(request, client, seen, form, 422)
    given = form.cleaned_data
    evidence: dict[str, str | bool] = {
        "page_url": f"{_address(found)} in {within}" if within else _address(found),
        "ip": request.META.get("REMOTE_ADDR", ""), "user_agent": request.headers.get("User-Agent", "")[:1000],
        "signer_name": given["signer_name"], "signer_relationship": given["signer_relationship"],
        "box_separate": True,  # each wording has one box, it stands empty beside it, and nothing else is agreed to with it
    }  # fmt: skip
    try:
        with transaction.atomic():
            signing_up.sign_up(client, found, seen, given, evidence)
    except (signing_up.NotTaken, Problem) as refused:
        says = str(refused) if isinstance(refused, signing_up.NotTaken) else gettext(CLOSED)
        return _shown(request, client, seen, form, 422, says)
    asking = confirming_mail.ask(client, found, seen, given, evidence) if given.get("email") else None
    return _Agreed(seen, asking, bool(given.get("email")))


def _thanked(request: HttpRequest, client: Client, agreed: _Agreed) -> HttpResponse:
    """Outside the transaction: what was agreed to stands whether the letter about the address could be sent or not."""
    mailed = agreed.asking is None or confirming_mail.mail(agreed.asking)
    with acting_for(client.pk):
        brand = brands.shown(client)
    values = {"practice": client.name, "brand": brand, "phone": client.phone, "agency": client.agency,
              "says_wording": signing_up.said(agreed.wording.wording, agreed.wording.lasts_months), "wording": agreed.wording,
              "mailed": agreed.with_mail and mailed, "not_mailed": not mailed}  # fmt: skip
    return render(request, "consent/signed_up.html", values)


def _from_here(request: HttpRequest) -> bool:
    """Whether the browser says that the form was sent from our own page. Every browser sends one of the two."""
    if (site := request.headers.get("Sec-Fetch-Site")) and site != "same-origin":
        return False
    came = request.headers.get("Origin") or request.headers.get("Referer", "")
    return urlsplit(came).netloc == request.get_host()


def _framed(response: HttpResponse, client: Client) -> HttpResponse:
    """May stand in a frame of the practice's own website, and nowhere else."""
    host = urlsplit(client.website if "//" in client.website else f"https://{client.website}").hostname or ""
    if host:
        bare = host.removeprefix("www.")
        response._csp_replace = {"frame-ancestors": [f"https://{bare}", f"https://www.{bare}"]}  # type: ignore[attr-defined]
        response.xframe_options_exempt = True
    return response
