"""The agency's team: members, invitations, a lost second factor. Owners change, staff look."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from tenants import audit
from tenants.access import OWNER, MemberRequest, agency_page
from tenants.clock import db_now
from tenants.forms import InvitationForm, QuestionsForm, TestPhoneForm
from tenants.inviting import CannotInvite, invite, invite_again, open_invitations, reset_second_factor
from tenants.mail_after_commit import Told
from tenants.models import Agency, Invitation, Membership, Role
from tenants.people_pages import says_mailed
from tenants.step_up import lately_proven

TEAM_ROLES = [Role.STAFF, Role.OWNER]


@require_GET
@agency_page()
def team(request: MemberRequest, agency: Agency) -> HttpResponse:
    """Who works here, and who is invited."""
    return _page(request, agency, InvitationForm(roles=TEAM_ROLES, initial={"role": Role.STAFF}))


@require_POST
@agency_page(roles=OWNER)
@lately_proven
def team_invite(request: MemberRequest, agency: Agency) -> HttpResponse:
    """Mail an invitation to work for the agency."""
    form = InvitationForm(request.POST, roles=TEAM_ROLES)
    if not form.is_valid():
        return _page(request, agency, form, status=422)
    given = form.cleaned_data
    try:
        made = invite(
            email=given["email"], name=given["name"], role=Role(given["role"]), by=request.user, agency=agency,
            told=says_mailed(request, given["name"]),
        )  # fmt: skip
    except CannotInvite as refused:
        form.add_error("email", str(refused))
        return _page(request, agency, form, status=422)
    audit.record_account(
        "member.invited", by=request.user, agency=agency, request=request, invitation=made.pk, role=made.role
    )
    return redirect("team")


@require_POST
@agency_page(roles=OWNER)
@lately_proven
def team_invite_again(request: MemberRequest, agency: Agency, invitation: int) -> HttpResponse:
    """Mail a fresh link to somebody who is invited: the mail was not taken, or was lost."""
    found = next((each for each in open_invitations(agency=agency) if each.pk == invitation), None)
    if found is None:
        raise Http404
    try:
        made = invite_again(found, by=request.user, agency=agency, told=says_mailed(request, found.name))
    except CannotInvite as refused:
        messages.error(request, str(refused))
    else:
        audit.record_account(
            "member.invited", by=request.user, agency=agency, request=request, invitation=made.pk, role=made.role,
            again=True,
        )  # fmt: skip
    return redirect("team")


@require_POST
@agency_page(roles=OWNER)
@lately_proven
def team_withdraw(request: MemberRequest, agency: Agency, invitation: int) -> HttpResponse:
    """Make an invitation's link useless."""
    changed = Invitation.objects.filter(
        pk=invitation, agency=agency, client=None, accepted_at=None, withdrawn_at=None
    ).update(withdrawn_at=db_now())
    if changed:
        audit.record_account(
            "invitation.withdrawn", by=request.user, agency=agency, request=request, invitation=invitation
        )
        messages.success(request, "The invitation is withdrawn; its link does not work any more.")
    return redirect("team")


@require_POST
@agency_page(roles=OWNER)
@lately_proven
def team_end(request: MemberRequest, agency: Agency, member: int) -> HttpResponse:
    """End a membership: from now on that person opens no page of any client."""
    # Two owners who end each other at once must not leave an agency without one.
    Agency.objects.select_for_update().get(pk=agency.pk)
    found = get_object_or_404(Membership, pk=member, agency=agency, ended_at=None)
    owners = Membership.objects.in_force().filter(agency=agency, client=None, role=Role.OWNER)
    if found.role == Role.OWNER and not owners.exclude(pk=found.pk).exists():
        messages.error(request, "An agency keeps at least one owner. Invite another one first.")
        return redirect("team")
    found.ended_at = db_now()
    found.save(update_fields=["ended_at"])
    audit.record_account(
        "member.ended", by=request.user, agency=agency, request=request, membership=found.pk, role=found.role
    )
    messages.success(request, f"{found.user.name} has no access to {agency.name} any more.")
    return redirect("home" if found.user_id == request.user.pk else "team")


@require_POST
@agency_page(roles=OWNER)
@lately_proven
def team_factor(request: MemberRequest, agency: Agency, member: int) -> HttpResponse:
    """Reset the second factor of somebody who lost the phone, of the agency or of one of its clients."""
    of_clients = Membership.objects.filter(client__agency=agency, agency=None)
    found = get_object_or_404(
        (Membership.objects.filter(agency=agency) | of_clients).select_related("user", "client"),
        pk=member,
        ended_at=None,
    )
    if found.user_id == request.user.pk:
        messages.error(request, "Your own is changed under Second factor, with your present one.")
        return redirect("team")
    back = (
        redirect("settings", client=found.client.slug)
        if found.client and not found.agency_id
        else redirect("team")
    )
    reset_second_factor(found.user, _says_reset(request, found.user.name))
    audit.record_account(
        "second_factor.reset", by=request.user, agency=agency, request=request, membership=found.pk
    )
    if found.client_id and found.agency_id is None:
        audit.record(
            "second_factor.reset", found, client_id=found.client_id, by=request.user, request=request
        )
    return back


def _says_reset(request: MemberRequest, name: str) -> Told:
    done = f"{name} is signed out everywhere and sets up a new second factor at the next sign-in"

    def say(taken: bool) -> None:
        if taken:
            messages.success(request, f"{done}, and has a mail about it.")
        else:
            messages.warning(
                request,
                f"{done}. The mail server did not take the mail about it: tell them by phone, or reset once more in a "
                "few minutes, which mails it again.",
            )

    return say


@require_POST
@agency_page(roles=OWNER)
def team_test_phone(request: MemberRequest, agency: Agency) -> HttpResponse:
    """Set the number that test texts go to."""
    form = TestPhoneForm(request.POST)
    if not form.is_valid():
        invitation = InvitationForm(roles=TEAM_ROLES, initial={"role": Role.STAFF})
        return _page(request, agency, invitation, phone=form, status=422)
    Agency.objects.filter(pk=agency.pk).update(test_phone=form.cleaned_data["test_phone"])
    audit.record_account("agency.test_phone_set", by=request.user, agency=agency, request=request)
    given = bool(form.cleaned_data["test_phone"])
    messages.success(
        request, "Saved: test texts go to this number." if given else "Saved: no test texts are sent."
    )
    return redirect("team")


@require_POST
@agency_page(roles=OWNER)
def team_questions(request: MemberRequest, agency: Agency) -> HttpResponse:
    """Set the address for questions, which everybody can read."""
    form = QuestionsForm(request.POST)
    if not form.is_valid():
        invitation = InvitationForm(roles=TEAM_ROLES, initial={"role": Role.STAFF})
        return _page(request, agency, invitation, questions=form, status=422)
    Agency.objects.filter(pk=agency.pk).update(questions_to=form.cleaned_data["questions_to"])
    audit.record_account("agency.questions_to_set", by=request.user, agency=agency, request=request)
    given = bool(form.cleaned_data["questions_to"])
    messages.success(
        request, "Saved: the pages show it from now on." if given else "Saved: the pages show no address."
    )
    return redirect("team")


def _page(
    request: MemberRequest,
    agency: Agency,
    form: InvitationForm,
    *,
    phone: TestPhoneForm | None = None,
    questions: QuestionsForm | None = None,
    status: int = 200,
) -> HttpResponse:
    enrolled = Authenticator.objects.filter(user=OuterRef("user"), type=Authenticator.Type.TOTP)
    members = (
        Membership.objects.in_force()
        .filter(agency=agency)
        .select_related("user", "client")
        .annotate(enrolled=Exists(enrolled))
        .order_by("role", "user__name")
    )
    values = {
        "agency": agency,
        "members": members,
        "form": form,
        "phone_form": phone or TestPhoneForm(initial={"test_phone": agency.test_phone}),
        "questions_form": questions or QuestionsForm(initial={"questions_to": agency.questions_to}),
        "invitations": open_invitations(agency=agency),
        "may_change": request.member.role == Role.OWNER,
    }
    return render(request, "tenants/team.html", values, status=status)
