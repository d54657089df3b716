"""Who must sign for the client, and who signs for whom: read by its people and the agency's, changed by the client's."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from campaigns import additions, first_review, signers, signing
from campaigns.models import ApprovalRequest, Delegation, Loosening, SigningRule
from campaigns.signing import CannotChange
from campaigns.signing_forms import DelegateForm, RuleForm
from tenants.access import APPROVER, STAFF, MemberRequest, client_page
from tenants.models import Client, Role, User
from tenants.step_up import lately_proven

ONLY_BOTH = (
    "Only the practice's compliance contact changes this; the agency's staff can ask for more signatures."
)
ONLY_CLIENT = "Only the practice's own compliance contact can do this."


@client_page()
@require_GET
def signing_page(request: MemberRequest, client: Client) -> HttpResponse:
    """What stands, what stood before, and the forms for whoever may change it."""
    return _page(request, client)


@client_page(roles=APPROVER | STAFF, says=ONLY_BOTH)
@require_POST
@lately_proven
def signing_rule(request: MemberRequest, client: Client) -> HttpResponse:
    """Decide who must sign."""
    rule = signers.rule_of(client)
    form = RuleForm(request.POST, people=_numbered(client, rule), rule=rule)
    if form.is_valid():
        try:
            with transaction.atomic():
                made = signing.set_rule(
                    client, form.cleaned_data["how"], form.named(), request.user, form.cleaned_data["seen"]
                )
        except CannotChange as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _said(made))
            return redirect("signing", client=client.slug)
    return _page(request, client, rule_form=form)


@client_page(roles=APPROVER, says=ONLY_CLIENT)
@require_POST
@lately_proven
def fewer_answer(request: MemberRequest, client: Client, wish: int) -> HttpResponse:
    """Agree to fewer signatures, or refuse them."""
    try:
        with transaction.atomic():
            if request.POST.get("answer") == "yes":
                messages.success(request, _said(signing.agree(client, wish, request.user)))
            else:
                signing.refuse(client, wish, request.user)
                messages.success(request, "Refused. Who must sign stays as it is.")
    except CannotChange as refused:
        messages.error(request, str(refused))
    return redirect("signing", client=client.slug)


@client_page(roles=APPROVER | STAFF, says=ONLY_BOTH)
@require_POST
@lately_proven
def signing_additions(request: MemberRequest, client: Client) -> HttpResponse:
    """Decide what is signed when a message is added."""
    try:
        with transaction.atomic():
            made = signing.choose_additions(client, request.POST.get("only_added") == "yes", request.user)
    except CannotChange as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"From now on: {signing.additions_say(made.only_added)}")
    return redirect("signing", client=client.slug)


@client_page(roles=APPROVER, says=ONLY_CLIENT)
@require_POST
@lately_proven
def delegate_new(request: MemberRequest, client: Client) -> HttpResponse:
    """Name who signs for me."""
    form = DelegateForm(request.POST, people=_others(client, request.user))
    if form.is_valid():
        given = form.cleaned_data
        delegate = form.people[given["delegate"]]
        try:
            with transaction.atomic():
                signing.name_delegate(client, request.user, delegate, given["from_day"], given["until_day"])
        except CannotChange as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(
                request, f"{delegate.name} may sign for you on these days, and has a mail about it."
            )
            return redirect("signing", client=client.slug)
    return _page(request, client, delegate_form=form)


@client_page(roles=APPROVER, says=ONLY_CLIENT)
@require_POST
@lately_proven
def delegate_end(request: MemberRequest, client: Client, delegation: int) -> HttpResponse:
    """End it at once."""
    get_object_or_404(Delegation, pk=delegation, client=client)
    try:
        with transaction.atomic():
            ended = signing.end_delegation(client, delegation, request.user)
        messages.success(request, f"{ended.delegate.name} does not sign for {ended.principal.name} any more.")
    except CannotChange as refused:
        messages.error(request, str(refused))
    return redirect("signing", client=client.slug)


def _said(made: SigningRule | Loosening) -> str:
    if isinstance(made, SigningRule):
        return f"From now on: {signing.says(made)} Requests that were open are void; the agency asks again."
    missing = signers.names(signing.missing_yes(made))
    return f"Asked for. It holds when {missing} agreed too; until then it stays as it is."


def _page(
    request: MemberRequest,
    client: Client,
    *,
    rule_form: RuleForm | None = None,
    delegate_form: DelegateForm | None = None,
) -> HttpResponse:
    rule = signers.rule_of(client)
    before = SigningRule.objects.filter(client=client).select_related("set_by").order_by("-pk")[:20]
    wish = signing.wish_of(client)
    addition = additions.rule_of(client)
    missing = signing.missing_yes(wish) if wish else ()
    named = Delegation.objects.filter(client=client).select_related("principal", "delegate").order_by("-pk")
    context = {
        "rule": rule,
        "says": signing.says(rule),
        "only_added": bool(addition and addition.only_added),
        "addition": addition,
        "addition_says": signing.additions_say(bool(addition and addition.only_added)),
        "wish": wish,
        "wish_says": signing.says(wish) if wish else "",
        "wish_waits": signers.names(missing),
        "may_agree": request.user in missing,
        "history": before,
        "pens": signers.pens(client),
        "invited": first_review.named(client),
        "delegations": named[:50],
        "in_force": {each.delegation.pk for each in signers.pens(client) if each.delegation},
        "open_requests": ApprovalRequest.objects.filter(client=client, closed_at=None).count(),
        "may_change": request.member.role in APPROVER | STAFF,
        "may_name": request.member.role == Role.APPROVER,
        "rule_form": rule_form or RuleForm(people=_numbered(client, rule), rule=rule),
        "delegate_form": delegate_form or DelegateForm(people=_others(client, request.user)),
    }
    bound = rule_form is not None or delegate_form is not None
    return render(request, "campaigns/signing.html", context, status=422 if bound else 200)


def _numbered(client: Client, rule: SigningRule | None) -> list[User]:
    """The compliance contacts, and whoever is named already, though they left."""
    people = signers.approvers(client)
    return [*people, *(each for each in signers.in_order(rule.signers if rule else []) if each not in people)]


def _others(client: Client, who: User) -> list[User]:
    return [each for each in signers.own_people(client) if each.pk != who.pk]
