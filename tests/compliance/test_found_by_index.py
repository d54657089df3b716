"""What a claim asks of each person is found by an index, however much is known of everybody else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db.models import Model

from campaigns.models import Campaign
from compliance.checks import CHECKS
from compliance.facts import FACTS, Check, Facts
from consent.models import Import
from tenants.models import Sender

OF_EACH = [check for check in CHECKS if check.asks_who]
BY_NUMBER = {Campaign, Import, Sender}  # asked for by the id that the message or the contact names
OF_A_PERSON = {("address",), *(("client", name) for name in ("address", "contact", "household"))}


def beginnings(model: type[Model]) -> Iterator[tuple[str, ...]]:
    """How the indexes begin that hold every row: one with a condition knows nothing of how it stood at an instant."""
    meta = model._meta
    for field in meta.local_fields:
        if field.primary_key or field.unique or getattr(field, "db_index", False):
            yield (field.name,)
    for index in [*meta.indexes, *meta.total_unique_constraints]:
        if not getattr(index, "condition", None):
            fields = tuple(name.removeprefix("-") for name in index.fields)
            yield fields[:1]
            yield fields[:2]


@pytest.mark.parametrize("check", OF_EACH, ids=lambda check: check.code)
def test_no_claim_reads_what_is_known_of_others(check: Check) -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    rows = check.rows(Facts(**dict.fromkeys(FACTS, 0), at=at, when=at, few=True))
    assert rows.model in BY_NUMBER or OF_A_PERSON & set(beginnings(rows.model))
