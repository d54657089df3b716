"""The vocabulary of the gate: what a check may ask, and how it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cached_property, wraps
from types import SimpleNamespace
from typing import Any

from django.db.models import (
    DateTimeField,
    Exists,
    Expression,
    F,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models.expressions import Col
from django.db.models.functions import Greatest
from django.db.models.lookups import Exact

from compliance.own_rows import Own

# Every queryset the gate judges offers exactly these columns (decisions 11; `campaign` because a draft has no version yet).
FACTS = (
    "client", "location", "campaign", "campaign_version", "step", "confirms", "purpose", "channel", "contact", "address", "household",
    "sender", "sender_domain", "provider", "fingerprint", "window_key", "due_at",
)  # fmt: skip

# Those that tell one person from another. All others are shared by many messages of an audience.
WHO = frozenset({"contact", "address", "household"})


class Facts(SimpleNamespace):
    """The facts of a message: columns of the judged rows, or one message's own values.

    `at`: the instant of judgement. `when`: the instant the clock checks are judged for: `at` itself at a claim, the
    planned time in a preview (decisions 11).
    """

    client: Any
    location: Any
    campaign: Any
    campaign_version: Any
    step: Any
    confirms: Any  # the opt-out that the message confirms; none, but for messaging.confirming
    purpose: Any
    channel: Any
    contact: Any
    address: Any
    household: Any
    sender: Any
    sender_domain: Any
    provider: Any
    fingerprint: Any
    window_key: Any
    due_at: Any
    at: Any
    when: Any
    inner: Facts  # the same facts, for a subquery inside the check's own query
    outer: Facts  # the same facts, for a condition on the judged rows themselves
    of: type[Model] | None = None  # whose rows are judged, where an audience's own columns may answer
    few: bool = False  # a wave or one person is judged, so what is asked of each must not read everybody's

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.inner = self.outer = self  # plain values are the same at any depth

    @classmethod
    def of_rows(
        cls,
        at: datetime,
        pinned: Mapping[str, Any] | None = None,
        of: type[Model] | None = None,
        *,
        few: bool = False,
    ) -> Facts:
        """Facts as columns of the outer query, for sets; `pinned` are those with one value for every row (`pinned`)."""
        facts = cls._columns(at, pinned or {}, OuterRef)
        facts.of, facts.outer = of, cls._columns(at, pinned or {}, F)
        facts.outer.inner = facts
        facts.inner = cls._columns(at, pinned or {}, lambda name: OuterRef(OuterRef(name)))
        facts.inner.inner = cls._columns(at, pinned or {}, lambda name: OuterRef(OuterRef(OuterRef(name))))
        facts.few = facts.inner.few = few
        return facts

    @classmethod
    def _columns(cls, at: datetime, pinned: Mapping[str, Any], column: Callable[[str], Any]) -> Facts:
        when = Greatest(column("due_at"), Value(at), output_field=DateTimeField())
        columns = {name: Value(pinned[name]) if name in pinned else column(name) for name in FACTS}
        return cls(**columns, at=Value(at), when=when)


def pinned(rows: QuerySet[Any]) -> dict[str, Any]:
    """The facts to which the rows' own WHERE gives one value, as in `client = 7 AND channel = 'sms'`.

    As constants they let PostgreSQL answer a check about the client once instead of once a row, and hash fewer columns.
    """
    where = rows.query.where
    if where.connector != Q.AND or where.negated:
        return {}
    return {
        each.lhs.target.name: each.rhs
        for each in where.children
        if isinstance(each, Exact) and isinstance(each.lhs, Col) and each.lhs.alias == rows.query.get_initial_alias()
        and each.lhs.target.name in FACTS and isinstance(each.rhs, int | str)
    }  # fmt: skip


def shared(rows: QuerySet[Any]) -> list[str]:
    """The facts that say nothing of who it is, and may still differ from row to row of `rows`: the place, say."""
    same = {name for name, column in rows.query.annotations.items() if isinstance(column, Value)}
    return [name for name in FACTS if name not in WHO and name not in same and name not in pinned(rows)]


class _Watched(Facts):
    """Facts that remember whether anybody asked who the message is for."""

    asked_who = False

    def __getattribute__(self, name: str) -> Any:
        if name in WHO:
            self.asked_who = True
        return super().__getattribute__(name)


class Effect(Enum):
    """What a refusal means for the message."""

    HOLD = "hold"  # never send this one
    WAIT = "wait"  # ask again later, until the step expires


class Group(Enum):
    """Where a check stands on the flight check."""

    PEOPLE = "People"
    WORDS = "Words"
    CLIENT = "Client"
    SENDERS = "Senders"
    CLOCK = "Clock"


Rows = Callable[[Facts], QuerySet[Any]]
Condition = Callable[[Facts], Q]
# Of a row that refuses: from when on it will not, if nothing else happens. Told to people; a claim asks again all the same.
Frees = Callable[[Any], datetime]
_SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Check:
    """One rule of the gate. `rows` returns what decides it; found rows refuse (`forbid`) or clear (`require`)."""

    code: str
    rows: Rows
    refuses_when_found: bool
    effect: Effect
    group: Group
    cites: str
    fix: str  # the name of the page where it can be mended; empty when nobody can
    applies: Q
    opens: Callable[[Facts], Any] | None  # a queryset of one column: when the refusal ends
    # For `forbid` only: a wider set whose keys PostgreSQL can hash, so that `rows` is asked of few instead of a million.
    # It must hold a row wherever `rows` does: it speeds up a verdict and never makes one.
    among: Callable[[Facts], QuerySet[Any] | Q] | None
    on: Own | None = None
    condition: Condition | None = None  # of `on`; `rows` are made of it
    frees: Frees | None = None

    def fails(self, facts: Facts, *, few: bool = False) -> Expression | Q:
        """A condition on the judged rows: this check refuses them.

        `few` leaves the wider set out: a wave of a claim would read a year of everybody's touches to judge 64 people.
        """
        found = (not few and self._at_hand(facts)) or Q(Exists(self.rows(facts)))
        if self.among and not few:
            among = self.among(facts)
            found = (among if isinstance(among, Q) else Q(Exists(among))) & found
        return self.applies & (found if self.refuses_when_found else ~found)

    def _at_hand(self, facts: Facts) -> Q | None:
        if self.on is None or self.condition is None:
            return None
        return self.on.at_hand(facts.of, self.condition(facts.outer))

    @cached_property
    def asks_who(self) -> bool:
        """Whether the answer hangs on the person, and not only on facts that many messages share."""
        facts = _Watched(**dict.fromkeys(FACTS, "0"), at=_SOME_DAY, when=_SOME_DAY)
        self.fails(facts)
        return facts.asked_who

    def asks(self, facts: SimpleNamespace) -> bool:
        """Whether it applies to these facts; of the facts that are not there, whether it may."""
        return _holds(self.applies, facts)

    def refuses(self, found: Sequence[Any]) -> bool:
        """The same decision from the rows themselves, or their ids."""
        return bool(found) is self.refuses_when_found

    @property
    def says(self) -> str:
        """The sentence shown to people: why a message is refused."""
        return " ".join((self.rows.__doc__ or "").split())


def _holds(condition: Q, facts: SimpleNamespace) -> bool:
    """A check's `applies` without a database: `column=value`, `column__contains=text`, and, or."""
    children: list[Any] = list(condition.children)
    found = [_holds(each, facts) if isinstance(each, Q) else _matches(facts, *each) for each in children]
    return (all(found) if condition.connector == Q.AND else any(found)) is not condition.negated


def _matches(facts: SimpleNamespace, asked: str, wanted: Any) -> bool:
    name, _, lookup = asked.partition("__")
    if not hasattr(facts, name):
        return True
    value = getattr(facts, name)
    return wanted in (value or "") if lookup == "contains" else bool(value == wanted)


def _check(
    code: str,
    found_refuses: bool,
    effect: Effect,
    group: Group,
    cites: str,
    fix: str,
    applies: Q,
    opens: Any,
    among: Callable[[Facts], QuerySet[Any] | Q] | None = None,
    on: Own | None = None,
    frees: Frees | None = None,
) -> Callable[[Any], Check]:
    def made(says: Any) -> Check:
        rows = says if on is None else wraps(says)(lambda facts: on.rows(facts, says(facts)))
        condition = None if on is None else says
        return Check(
            code, rows, found_refuses, effect, group, cites, fix, applies, opens, among, on, condition, frees
        )

    return made


def forbid(
    code: str,
    *,
    effect: Effect,
    group: Group,
    cites: str = "",
    fix: str = "",
    applies: Q | None = None,
    opens: Any = None,
    among: Callable[[Facts], QuerySet[Any] | Q] | None = None,
    on: Own | None = None,
    frees: Frees | None = None,
) -> Callable[[Any], Check]:
    """The message is refused if the check finds a row."""
    return _check(code, True, effect, group, cites, fix, applies or Q(), opens, among, on, frees)


def require(
    code: str,
    *,
    effect: Effect,
    group: Group,
    cites: str = "",
    fix: str = "",
    applies: Q | None = None,
    opens: Any = None,
    on: Own | None = None,
) -> Callable[[Any], Check]:
    """The message is refused unless the check finds a row. A missing fact is a refusal."""
    return _check(code, False, effect, group, cites, fix, applies or Q(), opens, on=on)
