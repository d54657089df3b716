"""Who may see a client's data and who did: from memberships and keys as they stand, and from the client's own record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Max, Q

from tenants import emergency
from tenants.clock import db_now
from tenants.looks import BY_KEY, ROUTES, is_look, is_taken
from tenants.models import ApiToken, AuditEvent, Client, Membership
from tenants.models.member import AGENCY_ROLES


@dataclass
class Line:
    """One person or key: what they may, since when, and what the record says they did."""

    who: str
    where: str
    role: str
    may: str
    since: datetime | None = None
    ended: datetime | None = None
    looks: int = 0
    taken: int = 0
    deeds: int = 0
    last: datetime | None = None
    verbs: dict[str, int] = field(default_factory=dict)

    @property
    def has_access(self) -> bool:
        """Whether they may still come in."""
        return self.since is not None and self.ended is None


MAY = {
    "owner": "everything but signing; lists masked until they say why",
    "staff": "everything but signing and settings of the owner; lists masked until they say why",
    "approver": "everything of this client in clear; signs",
    "viewer": "reads; lists masked until shown",
    "front_desk": "contacts and replies in clear; no records",
}


def report(client: Client, since: datetime) -> list[Line]:
    """Everybody who may come in, then everybody who did and may no more; what was done is counted from `since`. Six queries."""
    members = (
        Membership.objects.filter(Q(agency=client.agency_id) | Q(client=client))
        .exclude(Q(agency=client.agency_id) & Q(client__isnull=False) & ~Q(client=client))
        .select_related("user")
        .order_by("ended_at", "user__name", "pk")
    )
    lines: dict[int, Line] = {}
    for each in members:
        ended = each.ended_at if each.user.is_active else each.ended_at or each.since
        if each.user_id in lines and ended is not None:
            continue
        where = "the agency" if each.role in AGENCY_ROLES else "the practice"
        may = "nothing any more" if ended else MAY[each.role]
        lines[each.user_id] = Line(each.user.name, where, each.get_role_display(), may, each.since, ended)
    for row in emergency.in_force(client):
        may = f"reads until {row.until:%Y-%m-%d %H:%M} UTC, lists masked"
        lines[row.user_id] = Line(row.user.name, "the agency", "Emergency access", may, row.granted_at)
    _count(client, since, lines)
    keys = {
        key.pk: Line(
            f"Key “{key.name}”",
            "another system",
            "API key",
            ", ".join(sorted(key.scopes)),
            key.made_at,
            key.ended_at or (key.expires_at if key.expires_at <= db_now() else None),
            last=key.last_used_at,
        )
        for key in ApiToken.objects.filter(client=client).order_by("pk")
    }
    _count_keys(client, since, keys)
    found = [*lines.values(), *keys.values()]
    return sorted(found, key=lambda line: (not line.has_access, line.where != "the practice", line.who))


def _count(client: Client, since: datetime, lines: dict[int, Line]) -> None:
    done = (
        AuditEvent.objects.filter(client=client, at__gte=since, actor__isnull=False)
        .values("actor", "actor__name", "verb")
        .annotate(times=Count("pk"), last=Max("at"))
        .order_by("actor", "verb")
    )
    for row in done:
        line = lines.setdefault(
            row["actor"], Line(row["actor__name"], "outside", "no role any more", "nothing any more")
        )
        line.deeds += row["times"]
        line.verbs[row["verb"]] = row["times"]
        line.looks += row["times"] if is_look(row["verb"]) else 0
        line.taken += row["times"] if is_taken(row["verb"]) else 0
        line.last = max(line.last or row["last"], row["last"])


def _count_keys(client: Client, since: datetime, keys: dict[int, Line]) -> None:
    """What came in with a key has no account behind it; the record holds which key."""
    done = (
        AuditEvent.objects.filter(client=client, at__gte=since, actor=None, detail__has_key="token")
        .values("detail__token", "detail__route", "verb")
        .annotate(times=Count("pk"))
        .order_by("verb")
    )
    for row in done:
        line = keys.get(row["detail__token"])
        if line is not None:
            line.deeds += row["times"]
            line.verbs[row["verb"]] = line.verbs.get(row["verb"], 0) + row["times"]
            line.looks += row["times"] if row["verb"] == BY_KEY and row["detail__route"] in ROUTES else 0


def cells(lines: Iterable[Line]) -> Iterable[list[str | int]]:
    """The rows of the file."""
    for line in lines:
        done = "; ".join(f"{verb} {times}" for verb, times in sorted(line.verbs.items()))
        yield [
            line.who, line.where, line.role, line.may, _day(line.since), _day(line.ended), line.looks, line.taken, line.deeds,
            _day(line.last), done,
        ]  # fmt: skip


HEADER = [
    "who", "of", "role", "may see", "since (UTC)", "until (UTC)", "looks at people", "files taken", "deeds", "last (UTC)", "what",
]  # fmt: skip


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else ""
