"""Keys of the API: made once, shown once, stored as a hash, always ending."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tenants import audit
from tenants.clock import db_now
from tenants.hashing import new_token, token_hash
from tenants.models import ApiToken, Client, User

PREFIX = "cts_"  # so that a key that got out is recognised by whoever finds it
USED_EVERY = timedelta(minutes=1)


def make(
    client: Client, *, name: str, scopes: Collection[str], days: int, by: User, request: Any = None
) -> tuple[ApiToken, str]:
    """A new key and the one time its text is known. Inside `acting_for(client.pk)`."""
    secret = PREFIX + new_token()[0]
    at = db_now()
    made = ApiToken.objects.create(
        client=client, token_hash=token_hash(secret), name=name, ending=secret[-4:], scopes=sorted(scopes),
        made_by=by, made_at=at, expires_at=at + timedelta(days=days),
    )  # fmt: skip
    audit.record(
        "api_key.made", made, client_id=client.pk, by=by, request=request, scopes=made.scopes, days=days
    )
    return made, secret


def end(token: ApiToken, *, by: User, request: Any = None) -> bool:
    """From now on the key opens nothing; False when it had ended before. Inside `acting_for`."""
    ended = ApiToken.objects.filter(pk=token.pk, ended_at=None).update(ended_at=db_now())
    if ended:
        audit.record("api_key.ended", token, client_id=token.client_id, by=by, request=request)
    return bool(ended)


def find(secret: str) -> ApiToken | None:
    """The key in force behind this text."""
    found = ApiToken.objects.select_related("client__agency")
    return found.filter(token_hash=token_hash(secret), ended_at=None, expires_at__gt=db_now()).first()


def used(token: ApiToken) -> None:
    """Note the use, once a minute at most."""
    at = db_now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=at - USED_EVERY)
    if token.last_used_at is None or token.last_used_at < at - USED_EVERY:
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=at)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer cts_…`; no session, no cookie, so nothing another site could ride on."""

    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        scheme, _, secret = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        found = find(secret.strip().decode("latin-1"))
        if found is None:
            raise AuthenticationFailed
        return AnonymousUser(), found  # never who happens to be signed in in the same browser

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return 'Bearer realm="Clear to Send"'


class HasKey(BasePermission):
    """Nobody without a key."""

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002
        return request.auth is not None
