"""Whose turn it is: of each sender's messages one is read, however many wait."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from messaging.due import WAITING

pytestmark = pytest.mark.django_db


def nodes(plan: dict[str, Any], above: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    yield above, plan
    for each in plan.get("Plans", ()):
        yield from nodes(each, plan["Node Type"])


def test_whose_turn_it_is_reads_the_first_message_of_each_sender_by_its_index() -> None:
    with connection.cursor() as cursor:
        for way in ("seqscan", "sort"):  # as with a hundred thousand; nothing stands there
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {WAITING}", [[]])
        (plan,) = cursor.fetchone()
    (top,) = json.loads(plan) if isinstance(plan, str) else plan
    read = [
        (above, node.get("Index Name"))
        for above, node in nodes(top["Plan"])
        if node.get("Relation Name") == "messaging_message"
    ]
    assert read == [("Limit", "message_due")]
