"""The first net: who may open a page. Every view wears exactly one of these; the walker test fails on a view without.

A client's page is opened by membership or answered 404, never 403: a stranger learns nothing. A member
whose role does not allow the page gets 403 with a sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from tenants import emergency
from tenants.models import Client, Membership, Role, User
from tenants.models.member import AGENCY_ROLES
from tenants.scope import acting_for

View = Callable[..., HttpResponseBase]
EVERYONE = frozenset(Role)
STAFF = AGENCY_ROLES
OWNER = frozenset({Role.OWNER})
APPROVER = frozenset({Role.APPROVER})

LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})
OVER = "The engagement ended and the data was deleted. What is kept can be read, and nothing is added to it."


class MemberRequest(HttpRequest):
    """A request whose sender is known: `user`, and on a client's page `client` and `member`."""

    user: User
    client: Client
    member: Membership


@dataclass(frozen=True)
class Access:
    """What kind of door a view is, for the walker test and the rulebook of routes."""

    kind: str  # public, token, hook, api, account, signed_in, agency, client
    roles: frozenset[Role] = frozenset()
    only_shows: bool = False  # also when it is posted to


def public(view: View) -> View:
    """Anyone; shows nothing of any client."""
    return _marked(view, Access("public"))


def by_token(view: View) -> View:
    """Anyone who holds the secret in the address; the view looks its hash up and opens the scope itself."""
    return _marked(view, Access("token"))


def hook(view: View) -> View:
    """A provider's webhook: the view verifies the signature before anything else."""
    return _marked(view, Access("hook"))


def by_key(view: View) -> View:
    """Another system of a client, by its key: `tenants.api.door` asks for the key and its scope before anything else."""
    return _marked(view, Access("api"))


def own_account(view: View) -> View:
    """allauth's pages about one's own account; they ask for the sign-in themselves."""
    return _marked(view, Access("account"))


def signed_in(view: View) -> View:
    """Anyone with an account (and a second factor); shows only their own things."""

    @wraps(view)
    def guarded(request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if turned_away := _identify(request):
            return turned_away
        return view(request, *args, **kwargs)

    return _marked(guarded, Access("signed_in"))


def agency_page(*, roles: frozenset[Role] = STAFF) -> Callable[[View], View]:
    """A page of the member's agency; the scope is every client this member may see. Calls `view(request, agency, …)`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if turned_away := _identify(request):
                return turned_away
            members = list(
                Membership.objects.in_force()
                .filter(user=request.user, role__in=AGENCY_ROLES)
                .select_related("agency")
                .order_by("id")
            )
            if not members or members[0].agency is None:
                raise Http404
            if members[0].role not in roles:
                raise PermissionDenied("Only the agency's owner can open this page.")
            request.member = members[0]
            with acting_for(visible_clients(request.user).values_list("pk", flat=True)):
                return view(request, members[0].agency, *args, **kwargs)

        return _marked(guarded, Access("agency", roles))

    return decorate


def client_page(
    *,
    roles: frozenset[Role] = EVERYONE,
    says: str = "",
    after_the_end: bool = False,
    only_shows: bool = False,
) -> Callable[[View], View]:
    """A page of one client, at /c/<client>/…; calls `view(request, client, …)` inside that client's scope.

    `says`: the sentence for a member whose role may not; writes roll back when the view raises.
    `after_the_end`: may still be posted to when the client's data was deleted. All others can then be read only.
    `only_shows`: changes nothing of the client's when it is posted to: a guest in an emergency may, who posts to nothing else.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: MemberRequest, *args: Any, client: str, **kwargs: Any) -> HttpResponseBase:
            if turned_away := _identify(request):
                return turned_away
            found = Client.objects.select_related("agency").filter(slug=client).first()
            member = (
                found
                and Membership.objects.of_client(found).filter(user=request.user).order_by("role").first()
            )
            if not found:
                raise Http404
            if not member:
                return _in_emergency(view, request, found, access, args, kwargs)
            if member.role not in roles:
                raise PermissionDenied(says or "Your role does not allow this. Ask the agency's owner.")
            if found.closed_at and request.method not in LOOKING and not after_the_end:
                raise PermissionDenied(OVER)
            request.client, request.member = found, member
            with acting_for(found.pk):
                return view(request, found, *args, **kwargs)

        return _marked(guarded, access)

    access = Access("client", roles, only_shows)
    return decorate


def _in_emergency(
    view: View, request: MemberRequest, client: Client, access: Access, args: Any, kwargs: Any
) -> HttpResponseBase:
    """For who has no membership here: a viewer's while a second person lets them (tenants.emergency), else 404."""
    with acting_for(client.pk):
        member = emergency.member_for(client, request.user)
        if member is None or member.emergency is None:
            raise Http404
        if member.role not in access.roles or not (request.method in LOOKING or access.only_shows):
            raise PermissionDenied("Emergency access only reads.")
        if client.closed_at and request.method not in LOOKING:
            raise PermissionDenied(OVER)
        request.client, request.member = client, member
        emergency.note_use(client, request, member.emergency)
        return view(request, client, *args, **kwargs)


def visible_clients(user: User) -> QuerySet[Client]:
    """The clients this user may see through any membership in force."""
    mine = Membership.objects.in_force().filter(user=user)
    whole_agencies = mine.filter(agency__isnull=False, client=None).values("agency")
    single = mine.filter(client__isnull=False).values("client")
    return Client.objects.filter(Q(agency__in=whole_agencies) | Q(pk__in=single)).order_by("name")


def _identify(request: HttpRequest) -> HttpResponse | None:
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    _refuse_nul(request)
    if not settings.DEMO and not is_mfa_enabled(request.user):
        return redirect("mfa_activate_totp")
    return None


def _refuse_nul(request: HttpRequest) -> None:
    """PostgreSQL stores no NUL. Nobody types one: only programs send them, and not every value passes a form."""
    sent = (value for given in (request.GET, request.POST) for _, values in given.lists() for value in values)
    if "\0" in request.path or any("\0" in value for value in sent):
        raise BadRequest(
            "What was sent holds a character that no keyboard writes (NUL). Nothing was changed."
        )


def _marked(view: View, access: Access) -> View:
    view.access = access  # type: ignore[attr-defined]
    return view
