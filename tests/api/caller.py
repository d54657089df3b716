"""A caller of the API: a key of a client and the requests made with it."""

from __future__ import annotations

import itertools
from typing import Any

from django.test import Client as Browser

from tenants.api import tokens
from tenants.models import Client, Scope
from tenants.scope import acting_for
from tests import people

_keys = itertools.count(1)


class Caller:
    """Speaks JSON with one key. Every POST gets a fresh Idempotency-Key unless one is named."""

    def __init__(self, of: Client, *scopes: str, secret: str = "") -> None:
        if not secret:
            with acting_for(of.pk):
                self.token, secret = tokens.make(
                    of, name="CRM", scopes=scopes or Scope.values, days=30, by=people.user("Olive")
                )
        self.secret, self.browser = secret, Browser(raise_request_exception=False)

    def ask(self, method: str, path: str, body: Any = None, *, key: str = "", **headers: str) -> Any:
        sent = {"authorization": f"Bearer {self.secret}"} | headers
        if method == "post":
            sent["idempotency-key"] = key or f"key-{next(_keys)}"
        more = {} if body is None else {"data": body, "content_type": "application/json"}
        return getattr(self.browser, method)(f"/api/v1/{path}", headers=sent, **more)

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("get", path, **headers)

    def post(self, path: str, body: Any = None, *, key: str = "", **headers: str) -> Any:
        return self.ask("post", path, {} if body is None else body, key=key, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.ask("patch", path, body, **headers)
