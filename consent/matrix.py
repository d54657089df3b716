"""People counted by purpose, channel and the strongest proof of consent; who stands in each cell; what is missing for a higher one.

A person counts once in each line, by the best consent for an address that may be used. Two queries for any number of
people, a third for what is missing. What may really be sent now is the gate's answer alone (compliance).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.aggregates import BoolOr
from django.contrib.postgres.fields import ArrayField
from django.db.models import Case, Count, Exists, Func, Max, OuterRef, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast

from consent import proof
from consent.models import ConsentRecord, Contact, ContactPoint, PurposeOptOut, Suppression, Tier, UnsafeMark
from consent.reachability import STRENGTH
from tenants.models import Channel, Purpose

NONE, OUT = "none", "out"
# In the order of the columns: the strength of the best consent, and who is not to be contacted whatever they said before.
COLUMNS: tuple[tuple[str, str, str], ...] = (
    (NONE, "No consent on record", "A number on a list alone is here when nothing says that they gave it."),
    (Tier.NUMBER_GIVEN, "Given", "They gave the number or address to the practice (PEC)."),
    (Tier.VERBAL, "Oral", "An oral yes on record (PEC)."),
    (Tier.WRITTEN, "Signed", "Signed in writing, with everything it must say (PEWC)."),
    (OUT, "Not to be contacted", "Opted out, complained, or the address is wrong or nobody’s own."),
)
IMPORTED = "the original of an imported yes: the form, scan or recording that shows it"


@dataclass(frozen=True)
class Cell:
    """So many people, and the name by which the list of contacts is asked for them."""

    key: str
    label: str
    people: int


@dataclass(frozen=True)
class Line:
    """One purpose on one channel."""

    channel: str
    purpose: str
    cells: list[Cell]

    @property
    def label(self) -> str:
        return Purpose(self.purpose).label

    @property
    def people(self) -> int:
        """Everybody with an address on the channel."""
        return sum(cell.people for cell in self.cells)


@dataclass(frozen=True)
class Way:
    """A method of giving consent, and everything that it asks for to reach its highest tier."""

    label: str
    reaches: str
    asks: list[str]


def matrix(at: datetime) -> list[Line]:
    """Every line, inside the client's scope."""
    seen = _points(at).values("contact", "channel").annotate(
        **{f"open_{purpose}": BoolOr(_usable(at, purpose)) for purpose in Purpose.values}
    )  # fmt: skip
    people = seen.aggregate(
        **{
            f"{channel}_{purpose}_{name}": Count("contact", filter=Q(channel=channel, **{f"open_{purpose}": is_open}))
            for channel, purpose in _lines()
            for name, is_open in (("open", True), (OUT, False))
        }
    )  # fmt: skip
    best = _usable_consents(at).values("contact", "channel", "purpose").annotate(best=Max(_strength()))
    given = best.aggregate(
        **{
            f"{channel}_{purpose}_{tier}": Count("contact", filter=Q(channel=channel, purpose=purpose, best=strength))
            for channel, purpose in _lines()
            for tier, strength in STRENGTH.items()
        }
    )  # fmt: skip
    return [_line(channel, purpose, people, given) for channel, purpose in _lines()]


def in_cell(rows: QuerySet[Contact], key: str, at: datetime) -> QuerySet[Contact]:
    """The people of one cell; nobody for a name that is no cell's."""
    channel, _, rest = key.partition(".")
    purpose, _, column = rest.partition(".")
    if (channel, purpose) not in _lines() or column not in [name for name, _, _ in COLUMNS]:
        return rows.none()
    points = _points(at).filter(client=OuterRef("client"), contact=OuterRef("pk"), channel=channel)
    usable = points.filter(_usable(at, purpose))
    if column == OUT:
        return rows.filter(Exists(points), ~Exists(usable))
    # From contact to point to consent: each step is an index, so that one page of a million people is looked up, not sorted out.
    consents = ConsentRecord.objects.in_force(at).filter(
        client=OuterRef("client"), contact=OuterRef("contact"), address=OuterRef("address"), purpose=purpose
    )
    if column == NONE:
        return rows.filter(Exists(usable), ~Exists(usable.filter(Exists(consents))))
    better = [tier for tier, strength in STRENGTH.items() if strength > STRENGTH[column]]
    return rows.filter(
        Exists(usable.filter(Exists(consents.filter(tier=column)))),
        ~Exists(usable.filter(Exists(consents.filter(tier__in=better)))),
    )


def cell_words(key: str) -> str:
    """As in “Text, Marketing: Signed”; empty for a name that is no cell's."""
    channel, _, rest = key.partition(".")
    purpose, _, column = rest.partition(".")
    labels = {name: label for name, label, _ in COLUMNS}
    if (channel, purpose) not in _lines() or column not in labels:
        return ""
    return f"{Channel(channel).label}, {Purpose(purpose).label.lower()}: {labels[column].lower()}"


def missing(at: datetime) -> list[tuple[str, int]]:
    """What keeps consents to texts from a signed one, as `consent.proof` named it when they were recorded, and how many people
    each concerns. Most people first."""
    rows = _usable_consents(at).filter(channel=Channel.SMS).exclude(tier=Tier.WRITTEN)
    texts: ArrayField[list[str], list[str]] = ArrayField(TextField())
    imported = When(method=ConsentRecord.Method.IMPORTED, then=Value([IMPORTED], output_field=texts))
    labels = Case(imported, default=Cast("missing", texts))
    each = Func(labels, function="unnest", output_field=TextField())
    found = (
        rows.annotate(what=each).values("what").annotate(people=Count("contact", distinct=True)).order_by()
    )
    return sorted(found.values_list("what", "people"), key=lambda row: (-row[1], row[0]))


def ways(brand: str) -> list[Way]:
    """How a consent to marketing texts gets its highest tier, method by method, strongest first: asked of `consent.proof` itself."""
    made, labels = [], {name: label for name, label, _ in COLUMNS}
    for method, tier in sorted(proof.HIGHEST.items(), key=lambda each: -STRENGTH[each[1]]):
        carries = Purpose.CARE if method == ConsentRecord.Method.VOICE_AGENT else Purpose.MARKETING
        found = proof.worth(method, Channel.SMS, carries, wording=brand, brand=brand, evidence={})
        made.append(Way(ConsentRecord.Method(method).label, labels[tier], found.missing))
    return made


def _lines() -> list[tuple[str, str]]:
    return [(channel, purpose) for channel in (Channel.SMS, Channel.EMAIL) for purpose in Purpose.values]


def _line(channel: str, purpose: str, people: dict[str, int], given: dict[str, int]) -> Line:
    name = f"{channel}_{purpose}_"
    counts = {tier: given[name + tier] for tier in STRENGTH}
    counts |= {NONE: people[name + "open"] - sum(counts.values()), OUT: people[name + OUT]}
    return Line(
        channel,
        purpose,
        [Cell(f"{channel}.{purpose}.{key}", label, counts[key]) for key, label, _ in COLUMNS],
    )


def _points(at: datetime) -> QuerySet[ContactPoint]:
    rows: QuerySet[ContactPoint] = ContactPoint.objects.in_force(at).order_by()
    return rows


def _usable(at: datetime, purpose: str) -> Q:
    """Of a row with an address: not opted out of everything or of this purpose, and safe."""
    return (
        ~Q(address__in=Suppression.objects.in_force(at).values("address"))
        & ~Q(address__in=UnsafeMark.objects.in_force(at).values("address"))
        & ~Q(address__in=PurposeOptOut.objects.in_force(at).filter(purpose=purpose).values("address"))
    )


def _usable_consents(at: datetime) -> QuerySet[ConsentRecord]:
    """In force, for an address that this person still has and that may be used for the purpose."""
    usable = Q()
    for purpose in Purpose.values:
        usable |= Q(purpose=purpose) & _usable(at, purpose)
    theirs = _points(at).filter(contact=OuterRef("contact"), address=OuterRef("address"))
    rows: QuerySet[ConsentRecord] = ConsentRecord.objects.in_force(at).order_by()
    return rows.filter(Exists(theirs), usable)


def _strength() -> Case:
    return Case(*[When(tier=tier, then=Value(strength)) for tier, strength in STRENGTH.items()])
