"""What the compliance contact answers in the mailed review: a signature, a wish for a change, a withdrawal."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from campaigns import (
    additions,
    approval,
    approval_letters,
    comments,
    review_access,
    second_factor,
    signed_before,
    signers,
    wording,
)
from campaigns.approval import Signature, statement_for
from campaigns.approval_pages import as_file
from campaigns.asking import CannotSign, closed_says
from campaigns.mail_frame import mail_page
from campaigns.models import Approval, ApprovalRequest, ReviewLink
from campaigns.review_content import rendered, whom
from campaigns.review_forms import ObjectForm, SignForm
from tenants import audit, brands
from tenants.access import View, by_token
from tenants.clock import db_now
from tenants.scope import acting_for


def opened(view: View) -> View:
    """Only for the browser that the mailed code opened; calls `view(request, link, asked)` in the scope."""

    @wraps(view)
    def guarded(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        link, at = review_access.find(token), db_now()
        if link is None:
            raise Http404
        if review_access.not_usable(link, at) or not review_access.is_open(link, request.session, at):
            return redirect("review", token=token)
        with acting_for(link.client_id):
            if not signers.may_sign(link.client, link.user):
                return redirect("review", token=token)
            rows = ApprovalRequest.objects.select_related(
                "version",
                "count",
                "campaign__client__agency",
                "campaign__location",
                "client__agency",
                "asked_by",
            )
            return view(request, link, rows.get(pk=link.request_id), *args, token=token, **kwargs)

    return by_token(never_cache(guarded))


@opened
@require_http_methods(["GET", "POST"])
def review_sign(request: HttpRequest, link: ReviewLink, asked: ApprovalRequest, token: str) -> HttpResponse:
    """Name, title, statement and the code of the second factor; then it is signed."""
    if asked.closed_at is not None:
        messages.warning(request, closed_says(asked))
        return redirect("review", token=token)
    where, pens = signers.standing(asked), signers.pens_of(link.client, link.user)
    if says := where.refuses(pens):
        messages.warning(request, says)
        return redirect("review", token=token)
    enrolled, secret = second_factor.is_enrolled(link.user), review_access.kept_secret(request.session)
    if not enrolled and not secret:
        return redirect("review", token=token)
    base = additions.rests_on(asked)
    membership = link.user.memberships.filter(client=link.client_id, ended_at=None).first()
    form = SignForm(
        request.POST or None,
        initial={
            "typed_name": "",
            "title": membership.title if membership else "",
            "rests_on": base.pk if base else None,
        },
    )
    if form.is_valid():
        answered = _signed(request, link, asked, form, secret, enrolled)
        if answered is not None:
            return answered
    context = {
        "link": link,
        "practice": link.client,
        "brand": brands.shown(link.client),
        "token": token,
        "form": form,
        "pen": approval.pen_for(where, pens),
        "others": signers.names(
            [each for each in where.missing if each != approval.pen_for(where, pens).covers]
        )
        if len(where.missing) > 1
        else "",
        "enrolled": enrolled,
        "statement": statement_for(asked, base),
        "added": additions.added(asked, base) if base else [],
        "people": asked.count.people,
        "greets": wording.greets(asked.version.content),
        "each_person": wording.each_person(asked.version.content),
        "messages_count": len(asked.version.content["steps"]),
        "secret": secret,
        "qr": "" if enrolled else second_factor.qr_code(link.user, secret),
        "demo_code": second_factor.code_now(link.user, secret) if settings.DEMO else "",
    }
    return render(request, "campaigns/review_sign.html", context, status=422 if form.is_bound else 200)


@opened
@require_http_methods(["GET", "POST"])
def review_object(request: HttpRequest, link: ReviewLink, asked: ApprovalRequest, token: str) -> HttpResponse:
    """Ask for a change, of all or of one message."""
    if asked.closed_at is not None:
        messages.warning(request, closed_says(asked))
        return redirect("review", token=token)
    form = ObjectForm(
        request.POST or None, positions=[step["position"] for step in asked.version.content["steps"]]
    )
    if form.is_valid():
        try:
            with transaction.atomic():
                approval.object_to(
                    asked.pk, link.user, form.cleaned_data["comment"], form.cleaned_data["step"]
                )
        except CannotSign as refused:
            messages.error(request, str(refused))
        return redirect("review", token=token)
    context = {
        "link": link,
        "practice": link.client,
        "brand": brands.shown(link.client),
        "token": token,
        "form": form,
        "goes_on": signed_before.goes_on_says(asked),
    }
    return render(request, "campaigns/review_object.html", context, status=422 if form.is_bound else 200)


@opened
@require_POST
def review_comment(
    request: HttpRequest, link: ReviewLink, asked: ApprovalRequest, token: str
) -> HttpResponse:
    """A remark on one message, or on all: the request stays open."""
    position = request.POST.get("position", "")
    try:
        if asked.closed_at is not None:
            raise comments.CannotComment(closed_says(asked))
        if position and not (position.isascii() and position.isdigit() and len(position) < 4):
            raise comments.CannotComment("There is no such message in this campaign.")
        with transaction.atomic():
            comments.add(asked, link.user, request.POST.get("words", ""), int(position) if position else None)
        messages.success(request, f"Noted, and {link.client.agency.name} is told. Nothing is signed by that.")
    except comments.CannotComment as refused:
        messages.error(request, str(refused))
    return redirect("review", token=token)


@opened
@require_POST
def review_withdraw(
    request: HttpRequest, link: ReviewLink, asked: ApprovalRequest, token: str
) -> HttpResponse:
    """Take the yes back."""
    given = Approval.objects.filter(request=asked, ended_at=None).first() or signed_before.goes_on(asked)
    if given is None:
        messages.error(request, "There is no approval in force to withdraw.")
        return redirect("review", token=token)
    try:
        with transaction.atomic():
            approval.withdraw(given.pk, link.user, request.POST.get("because", "")[:2000])
    except CannotSign as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "Withdrawn. From this moment nothing more of this campaign is sent.")
    return redirect("review", token=token)


@opened
@require_GET
def review_document(
    request: HttpRequest, link: ReviewLink, asked: ApprovalRequest, token: str
) -> HttpResponse:  # noqa: ARG001
    """The sealed PDF of what was signed here."""
    given = Approval.objects.filter(request=asked).first()
    if given is None:
        raise Http404
    audit.record("approval.document_taken", given, client_id=link.client_id, by=link.user, request=request)
    return as_file(given)


@opened
@require_GET
def review_mail(
    request: HttpRequest,
    link: ReviewLink,
    asked: ApprovalRequest,
    position: int,
    token: str,  # noqa: ARG001
) -> HttpResponse:
    """One mail as it will look, for its frame; `?wording=b` for another wording, `?person=2` for the second of those shown."""
    try:
        letter = request.GET.get("wording", "")
        _, face = whom(asked, request.GET.get("person", ""))
        made, _ = rendered(asked.version.content, position, face.sample, letter)
    except LookupError:
        raise Http404 from None
    if made is None or not made.html:
        raise Http404
    return mail_page(made.html)


def _signed(
    request: HttpRequest,
    link: ReviewLink,
    asked: ApprovalRequest,
    form: SignForm,
    secret: str,
    enrolled: bool,
) -> HttpResponse | None:
    """Prove, then sign. None when the form must be shown again."""
    given, token = form.cleaned_data, request.resolver_match.kwargs["token"] if request.resolver_match else ""
    if not second_factor.prove(link.user, given["code"], secret):
        if review_access.count_wrong(link):
            messages.error(
                request, "Five wrong codes: the review was closed. Have a new code mailed to go on."
            )
            return redirect("review", token=token)
        form.add_error(
            "code", "That code is not right, or it was used before. Wait for the next one and type that."
        )
        return None
    if not enrolled:
        review_access.forget_secret(request.session)
        audit.record("approval.factor_enrolled", client_id=link.client_id, by=link.user, request=request)
        letter = approval_letters.factor_added(link.user, link.client.name)
        transaction.on_commit(lambda: approval_letters.deliver([letter]))
    signature = Signature(
        typed_name=given["typed_name"],
        title=given["title"],
        second_factor=second_factor.NAME,
        ip=request.META.get("REMOTE_ADDR") or None,
        browser=request.headers.get("User-Agent", "")[:400],
        rests_on=given["rests_on"],
    )
    try:
        with transaction.atomic():
            approval.sign(asked.pk, link.user, signature)
    except CannotSign as refused:
        messages.error(request, str(refused))
    return redirect("review", token=token)
