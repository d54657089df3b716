"""The client's own people: compliance contact, viewers, front desk. Kept by the agency's owner."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from tenants import audit
from tenants.access import OWNER, MemberRequest, client_page
from tenants.clock import db_now
from tenants.forms import InvitationForm
from tenants.inviting import CannotInvite, invite, invite_again, open_invitations
from tenants.mail_after_commit import Told
from tenants.models import Client, Invitation, Membership, Role
from tenants.step_up import lately_proven

CLIENT_TEAM = [Role.APPROVER, Role.VIEWER, Role.FRONT_DESK]
ONLY_OWNER = "Only the agency's owner can invite or remove the client's people."


def people_of(client: Client) -> dict[str, Any]:
    """Members in force and open invitations of the client itself."""
    enrolled = Authenticator.objects.filter(user=OuterRef("user"), type=Authenticator.Type.TOTP)
    members = (
        Membership.objects.in_force()
        .filter(client=client, agency=None)
        .select_related("user")
        .annotate(enrolled=Exists(enrolled))
        .order_by("role", "user__name")
    )
    return {"people": members, "invitations": open_invitations(agency=client.agency, client=client)}


@require_POST
@client_page(roles=OWNER, says=ONLY_OWNER)
@lately_proven
def person_invite(request: MemberRequest, client: Client) -> HttpResponse:
    """Mail an invitation to one of the client's people."""
    form = InvitationForm(request.POST, roles=CLIENT_TEAM)
    if form.is_valid():
        given = form.cleaned_data
        try:
            made = invite(
                email=given["email"],
                name=given["name"],
                role=Role(given["role"]),
                title=given["title"],
                by=request.user,
                agency=client.agency,
                client=client,
                told=says_mailed(request, given["name"]),
            )
        except CannotInvite as refused:
            form.add_error("email", str(refused))
        else:
            audit.record("member.invited", made, client_id=client.pk, request=request, role=made.role)
            return redirect("settings", client=client.slug)
    return render(
        request, "tenants/person_invite.html", people_of(client) | {"invitation_form": form}, status=422
    )


@require_POST
@client_page(roles=OWNER, says=ONLY_OWNER)
@lately_proven
def person_invite_again(request: MemberRequest, client: Client, invitation: int) -> HttpResponse:
    """Mail a fresh link to somebody who is invited: the mail was not taken, or was lost."""
    rows = open_invitations(agency=client.agency, client=client)
    found = next((each for each in rows if each.pk == invitation), None)
    if found is None:
        raise Http404
    try:
        made = invite_again(
            found, by=request.user, agency=client.agency, told=says_mailed(request, found.name)
        )
    except CannotInvite as refused:
        messages.error(request, str(refused))
    else:
        audit.record("member.invited", made, client_id=client.pk, request=request, role=made.role, again=True)
    return redirect("settings", client=client.slug)


def says_mailed(request: MemberRequest, name: str) -> Told:
    """Says on the next page whether an invitation left; that is known after the commit only."""

    def say(taken: bool) -> None:
        if taken:
            messages.success(request, f"{name} has the invitation by mail. It works for seven days.")
        else:
            messages.error(
                request,
                f"{name} is invited, but the mail server did not take the letter. Press Send again in a few minutes.",
            )

    return say


@require_POST
@client_page(roles=OWNER, says=ONLY_OWNER)
@lately_proven
def person_withdraw(request: MemberRequest, client: Client, invitation: int) -> HttpResponse:
    """Make an invitation's link useless."""
    found = get_object_or_404(Invitation, pk=invitation, client=client, agency=None)
    changed = Invitation.objects.filter(pk=found.pk, accepted_at=None, withdrawn_at=None).update(
        withdrawn_at=db_now()
    )
    if changed:
        audit.record("invitation.withdrawn", found, client_id=client.pk, request=request)
        messages.success(request, "The invitation is withdrawn; its link does not work any more.")
    return redirect("settings", client=client.slug)


@require_POST
@client_page(roles=OWNER, says=ONLY_OWNER)
@lately_proven
def person_end(request: MemberRequest, client: Client, member: int) -> HttpResponse:
    """End the role of one of the client's people. What they signed stays on record."""
    found = get_object_or_404(Membership, pk=member, client=client, agency=None, ended_at=None)
    found.ended_at = db_now()
    found.save(update_fields=["ended_at"])
    audit.record("member.ended", found, client_id=client.pk, request=request, role=found.role)
    messages.success(request, f"{found.user.name} has no access to {client.name} any more.")
    return redirect("settings", client=client.slug)
