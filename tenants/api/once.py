"""A POST done once however often it is sent: the answer is kept with the deed, in the same transaction.

A second request with the same Idempotency-Key waits for the first (the unique key makes it), then is given the same
answer. A refused request leaves nothing behind, so that it can be corrected and sent again under its key.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from tenants.api.problems import Problem
from tenants.clock import db_now
from tenants.models import ApiAnswer

KEPT = timedelta(hours=48)
HEADER = "Idempotency-Key"
KEY = r"[!-~]{1,255}"


@dataclass
class Once:
    """One key of one token."""

    row: ApiAnswer
    is_new: bool

    @classmethod
    def of(cls, request: Request) -> Once:
        """Take the key, or find who took it; inside the transaction that will do the deed. Raises `Problem`."""
        key = request.headers.get(HEADER, "")
        if not re.fullmatch(KEY, key):
            says = f"Send a new {HEADER} (at most 255 signs without a blank) with every new request, and the same when you repeat it."
            raise Problem(400, f"{HEADER} is missing", says)
        raw = request._request
        told = b"\0".join([raw.method.encode(), raw.get_full_path().encode(), raw.body])  # type: ignore[union-attr]
        token: Any = request.auth
        row = ApiAnswer(
            client_id=token.client_id, token=token, key_hash=hashlib.sha256(key.encode()).digest(),
            request_hash=hashlib.sha256(told).digest(),
        )  # fmt: skip
        ApiAnswer.objects.bulk_create([row], ignore_conflicts=True)
        kept = ApiAnswer.objects.get(token=token, key_hash=row.key_hash)
        if bytes(kept.request_hash) != row.request_hash:
            raise Problem(
                422, f"This {HEADER} was used for another request", "Use a new key for a new request."
            )
        return cls(kept, kept.status is None)

    def former(self) -> Response | None:
        """What the first request was answered."""
        if self.is_new:
            return None
        if not self.row.body:
            raise Problem(
                410, "The answer is gone", "It was done; since then somebody of this client was erased."
            )
        return Response(json.loads(self.row.body), self.row.status, headers={"Idempotent-Replay": "true"})

    def keep(self, answer: Response) -> None:
        """Keep the answer with the deed."""
        self.row.status, self.row.body = answer.status_code, json.dumps(answer.data, cls=JSONEncoder)
        self.row.save(update_fields=["status", "body"])


def empty(client_id: int) -> None:
    """Somebody is erased: no kept answer may go on telling of them. That the requests were done stays known."""
    ApiAnswer.objects.filter(client_id=client_id).update(body="")


def forget(client_id: int) -> int:
    """Delete this client's answers that nobody repeats any more. Inside `acting_for(client_id)`."""
    old: Any = ApiAnswer.objects.filter(client_id=client_id, made_at__lt=db_now() - KEPT)
    return int(old.delete()[0])
