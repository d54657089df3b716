"""Checks about a row that an audience has at hand: the person, the contact point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import BooleanField, Case, Model, Q, QuerySet, Value, When

if TYPE_CHECKING:
    from compliance.facts import Facts


@dataclass(frozen=True)
class Own:
    """A row that belongs to each judged row: its contact, its contact point. A check about nothing but its columns gives
    them as a condition (`on=`). Inside an audience, which has that row at hand, the condition is asked of it without
    looking it up a million times; else, and as evidence, of the table."""

    model: type[Model]
    row: Callable[[Facts], Q]  # which row of the table it is
    via: str = ""  # the judged row's key to it

    def rows(self, facts: Facts, condition: Q) -> QuerySet[Any]:
        found: QuerySet[Any] = self.model.objects.filter(condition, self.row(facts), client=facts.client)  # type: ignore[attr-defined]
        return found

    def at_hand(self, of: type[Model] | None, condition: Q) -> Q | None:
        """The condition on the rows of `of` themselves, always true or false; None where they do not have it."""
        if of is None or (of is not self.model and not self.via):
            return None
        there = _prefixed(condition, "" if of is self.model else f"{self.via}__")
        return Q(Case(When(there, then=Value(True)), default=Value(False), output_field=BooleanField()))


def _prefixed(condition: Q, prefix: str) -> Q:
    given: list[Any] = list(condition.children)
    children = [
        _prefixed(each, prefix) if isinstance(each, Q)
        else (prefix + each[0], each[1]) if isinstance(each, tuple)
        else each  # EXISTS of another table, which asks by the facts
        for each in given
    ]  # fmt: skip
    return Q(*children, _connector=condition.connector, _negated=condition.negated)
