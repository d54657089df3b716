"""The accounting of disclosures (45 CFR 164.528): to whom something about a person was given, when, what and why.

One source for the page, its file and the pack. What the practice's own people look at is no disclosure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from compliance.models import NumberLookup
from messaging.evidence import named
from messaging.evidence.subject import Subject
from messaging.models import Attempt, Message, ToldOptOut
from tenants import looks
from tenants.models import ApiToken, AuditEvent, Channel, Client, Membership, Provider, Purpose
from tenants.models.member import AGENCY_ROLES
from tenants.sealing import written

SIZE = 50
SENT = {Channel.SMS: "mobile number and the words of the text", Channel.EMAIL: "e-mail address and the words of the mail"}  # fmt: skip
LOOKS, FOR_THE_PRACTICE = "seen", "work for the practice as its agency"
KEY, FOR_A_SYSTEM = "key", "work for the practice by a system that was given a key"


@dataclass(frozen=True)
class Disclosure:
    """One thing given to one receiver. Holds ids and words of ours, no name and no address of the person."""

    at: datetime
    kind: str
    ref: str
    given_to: str
    what: str
    why: str
    outcome: str
    about_contact: int | None = None
    about_address: int | None = None
    campaign: int | None = None

    @property
    def to_agency(self) -> bool:
        """Whether the agency received it, and not a provider."""
        return self.kind == LOOKS


@dataclass(frozen=True)
class Source:
    """Rows that each are a disclosure, the column that dates them, and what a row says."""

    kind: str
    dated: str
    rows: Callable[[Subject], QuerySet[Any]]
    told: Callable[[dict[str, Any]], Disclosure]
    columns: tuple[str, ...]

    def asked(self, subject: Subject, since: datetime | None) -> QuerySet[Any]:
        """Its rows of this subject, newest first."""
        rows = self.rows(subject)
        rows = rows.filter(**{f"{self.dated}__gte": since}) if since else rows
        return rows.order_by(f"-{self.dated}", "-pk").values("pk", self.dated, *self.columns)


@dataclass(frozen=True)
class Page:
    """One page; `next` goes into the address as `after`."""

    rows: list[Disclosure]
    next: str
    before: bool


def page_of(subject: Subject, since: datetime, after: str) -> Page:
    """The newest behind `after`. Eight queries, however much there is."""
    place, found = _read(after), list[tuple[Any, Disclosure]]()
    for rank, source in enumerate(SOURCES):
        rows = source.asked(subject, since)
        if place is not None:
            rows = rows.filter(_behind(source, rank, place))
        found += [((row[source.dated], -rank, row["pk"]), source.told(row)) for row in rows[: SIZE + 1]]
    found.sort(key=lambda each: each[0], reverse=True)
    shown = found[:SIZE]
    more = len(found) > SIZE
    return Page([row for _, row in shown], _write(shown[-1][0]) if more else "", place is not None)


def all_of(subject: Subject, since: datetime | None = None) -> Iterator[Disclosure]:
    """Every one of them, newest first within each kind."""
    for source in SOURCES:
        yield from map(source.told, source.asked(subject, since).iterator(chunk_size=2000))


def rows_of(subject: Subject) -> list[dict[str, Any]]:
    """All of them as the pack holds them."""
    return [{**asdict(each), "at": written(each.at)} for each in all_of(subject)]


def _sent(subject: Subject) -> QuerySet[Any]:
    messages = Message.objects.filter(contact=subject.contact) if subject.contact else subject.messages()
    # Refused: the provider had read it. Certainly not sent: nobody had.
    rows: QuerySet[Any] = Attempt.objects.filter(client=subject.client, message__in=messages)
    return rows.exclude(outcome=Attempt.Outcome.NOT_SENT)


def _sent_told(row: dict[str, Any]) -> Disclosure:
    campaign = row["message__campaign"]
    why = f"{Purpose(row['message__purpose']).label}: {row['message__campaign__name']}, step {row['message__step__position']}"
    return Disclosure(
        row["claimed_at"], "message", str(row["pk"]), Provider(row["message__provider"]).label, SENT[row["message__channel"]],
        why if campaign else "an answer to what the person wrote", Attempt.Outcome(row["outcome"]).label.lower(),
        row["message__contact"], row["message__address"], campaign,
    )  # fmt: skip


def _looked_up(subject: Subject) -> QuerySet[Any]:
    return _at_addresses(NumberLookup.objects.filter(client=subject.client), subject, "address")


def _looked_up_told(row: dict[str, Any]) -> Disclosure:
    day = f", and the day it was last known to be theirs ({row['asked_since']})" if row["asked_since"] else ""
    return Disclosure(
        row["since"], "look-up", str(row["pk"]), Provider.TWILIO.label, f"mobile number{day}",
        "to know what line it is and whether it is still theirs", "answered", about_address=row["address"],
    )  # fmt: skip


def _opt_outs(subject: Subject) -> QuerySet[Any]:
    return _at_addresses(ToldOptOut.objects.filter(client=subject.client), subject, "suppression__address")


def _opt_outs_told(row: dict[str, Any]) -> Disclosure:
    return Disclosure(
        row["tried_at"], "opt-out", str(row["pk"]), Provider(row["provider"]).label, "the address, as one that opted out",
        "so that the provider sends nothing there either", "confirmed" if row["confirmed_at"] else "not confirmed",
        about_address=row["suppression__address"],
    )  # fmt: skip


def _looks(subject: Subject) -> QuerySet[Any]:
    """What others than the practice's own people read of one person. A pack of many has the record itself."""
    rows: QuerySet[Any] = AuditEvent.objects.filter(client=subject.client, verb__in=looks.AT_ONE)
    about = named.of_person(subject.contact) if subject.contact is not None else []
    return _of_agency(rows.filter(what__in=about), subject.client)


def _looks_told(row: dict[str, Any]) -> Disclosure:
    return Disclosure(
        row["at"], LOOKS, str(row["pk"]), f"The agency: {row['actor__name']}", looks.AT_ONE[row["verb"]], FOR_THE_PRACTICE, "read",
    )  # fmt: skip


def _by_key(subject: Subject) -> QuerySet[Any]:
    """What another system read of one person with a key. Of lists the record has the number."""
    about = named.of_person(subject.contact) if subject.contact is not None else []
    rows: QuerySet[Any] = AuditEvent.objects.filter(client=subject.client, verb=looks.BY_KEY, what__in=about)
    token = Cast(KeyTextTransform("token", OuterRef("detail")), BigIntegerField())
    name = ApiToken.objects.filter(client=subject.client, pk=token).values("name")
    named_rows: QuerySet[Any] = rows.annotate(key_name=Subquery(name))
    return named_rows


def _by_key_told(row: dict[str, Any]) -> Disclosure:
    what = looks.ROUTES.get(row["detail"].get("route", ""), "a row about the person")
    return Disclosure(
        row["at"], KEY, str(row["pk"]), f"Another system: key “{row['key_name']}”", what, FOR_A_SYSTEM, "read"
    )


def _at_addresses(rows: QuerySet[Any], subject: Subject, column: str) -> QuerySet[Any]:
    """Narrowed to a person's addresses: those on their page, and those that messages to them went to."""
    if subject.campaign is not None:
        return rows.none()
    if subject.contact is None:
        return rows
    theirs = [each["address"] for each in named.addresses_of(subject.contact)]
    return rows.filter(**{f"{column}__in": theirs})


def _of_agency(rows: QuerySet[Any], client: Client) -> QuerySet[Any]:
    agency = Membership.objects.filter(agency=client.agency_id, role__in=AGENCY_ROLES).values("user")
    practice = Membership.objects.filter(client=client).exclude(role__in=AGENCY_ROLES).values("user")
    # Who came in for an emergency has no membership here at all.
    return rows.filter(Q(actor__in=agency) | ~Q(actor__in=practice), actor__isnull=False)


SOURCES = (
    Source("message", "claimed_at", _sent, _sent_told, (
        "outcome", "message__provider", "message__channel", "message__purpose", "message__contact", "message__address",
        "message__campaign", "message__campaign__name", "message__step__position",
    )),
    Source("look-up", "since", _looked_up, _looked_up_told, ("asked_since", "address")),
    Source("opt-out", "tried_at", _opt_outs, _opt_outs_told, ("provider", "confirmed_at", "suppression__address")),
    Source(LOOKS, "at", _looks, _looks_told, ("verb", "actor__name")),
    Source(KEY, "at", _by_key, _by_key_told, ("detail", "key_name")),
)  # fmt: skip


Place = tuple[datetime, int, Any]


def _behind(source: Source, rank: int, place: Place) -> Q:
    at, at_rank, ident = place
    earlier = Q(**{f"{source.dated}__lt": at})
    if rank < at_rank:
        return earlier
    same = Q(**{source.dated: at})
    return earlier | same if rank > at_rank else earlier | (same & Q(pk__lt=ident))


def _write(key: tuple[datetime, int, Any]) -> str:
    at, rank, ident = key
    return f"{at:%Y%m%dT%H%M%S.%fZ}~{-rank}~{ident}"


def _read(after: str) -> Place | None:
    """What `_write` wrote; None for anything else, which begins anew."""
    try:
        at, rank, ident = after.split("~")
        source = SOURCES[int(rank)] if rank.isdecimal() else None
        if source is None:
            return None
        key: Any = UUID(ident) if source.kind == "message" else int(ident)
        if isinstance(key, int) and not 0 < key < 2**63:
            return None
        return datetime.strptime(at, "%Y%m%dT%H%M%S.%f%z"), int(rank), key
    except (ValueError, IndexError, OverflowError):
        return None
