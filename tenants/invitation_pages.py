"""The way in: from the mailed link to an account with a second factor."""

from __future__ import annotations

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from tenants.access import by_token
from tenants.forms import AccountForm
from tenants.inviting import CannotInvite, accept, account_of, find_invitation
from tenants.models import Invitation, User


@by_token
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show who invites to what; make the account (or join with the one that is there)."""
    found = find_invitation(token)
    if found is None:
        return render(request, "tenants/invitation_over.html", status=404)
    known = User.objects.filter(email=found.email).first()
    # Whoever was asked to review before they came in has an account that nobody could ever open.
    if known and (known.has_usable_password() or known.memberships.exists()):
        return _join(request, token, found, known)
    form = AccountForm(request.POST or None, email=found.email, initial={"name": found.name})
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                made = account_of(found)
                made.name = form.cleaned_data["name"]
                made.set_password(form.cleaned_data["password"])
                made.save()
                accept(found, made)
        except CannotInvite as refused:
            form.add_error(None, str(refused))
        else:
            # The password was set this minute: setting up the second factor need not ask for it again.
            record_authentication(request, made, "password", reauthenticated=True)
            answer: HttpResponse = perform_login(request, made, redirect_url=reverse("mfa_activate_totp"))
            return answer
    values = {"invitation": found, "form": form, "place": found.client or found.agency}
    return render(request, "tenants/invitation.html", values, status=422 if form.errors else 200)


def _join(request: HttpRequest, token: str, found: Invitation, known: User) -> HttpResponse:
    """Somebody with an account joins another place: only signed in as that account."""
    is_them = request.user.is_authenticated and request.user.pk == known.pk
    problem = ""
    if request.method == "POST" and is_them:
        try:
            with transaction.atomic():
                accept(found, known)
        except CannotInvite as refused:
            problem = str(refused)
        else:
            messages.success(request, f"You are in: {found.client or found.agency}.")
            return redirect("home")
    values = {
        "invitation": found,
        "place": found.client or found.agency,
        "is_them": is_them,
        "someone_else": request.user.is_authenticated and not is_them,
        "sign_in": f"{reverse('account_login')}?next={reverse('invitation', args=[token])}",
        "problem": problem,
    }
    return render(request, "tenants/invitation_join.html", values, status=422 if problem else 200)
