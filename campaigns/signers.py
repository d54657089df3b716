"""Who may sign for a client, who must, and who is still missing: one answer for pages, letters and the signature itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import F, Q, Value
from django.db.models.functions import StrIndex, Substr

from campaigns import wording
from campaigns.models import ApprovalRequest, Cosignature, Delegation, SigningRule
from tenants.clock import db_now
from tenants.models import Agency, Client, Membership, Role, User

How = SigningRule.How


@dataclass(frozen=True)
class Pen:
    """One way to sign: as a compliance contact, or for one who named this person."""

    holder: User
    covers: User
    role: str
    delegation: Delegation | None = None


@dataclass(frozen=True)
class Standing:
    """Who has signed an open request, and who is missing, in their order. Where any one may sign nobody is missing."""

    how: str
    needed: tuple[User, ...]
    given: tuple[Cosignature, ...]

    @property
    def several(self) -> bool:
        """Whether more than any one signature is needed."""
        return self.how != How.ANY

    @property
    def missing(self) -> tuple[User, ...]:
        """Those who must sign and have not, nor anybody for them."""
        covered = {each.covers_id for each in self.given}
        return tuple(each for each in self.needed if each.pk not in covered)

    @property
    def turn(self) -> tuple[User, ...]:
        """Those of the missing who may sign now: the first of them in an order."""
        return self.missing[:1] if self.how == How.ORDER else self.missing

    def refuses(self, pens: Sequence[Pen]) -> str:
        """Why somebody with these pens cannot sign now, as a sentence; empty when they can."""
        if not self.several or not pens:
            return ""
        holder, missing = pens[0].holder, names(self.missing)
        mine = next((each for each in self.given if each.signed_by_id == holder.pk), None)
        if mine is not None:
            day = wording.day_there(mine.since, mine.client)
            return f"You already signed this on {day}. It still waits for {missing}."
        covered = {each.covers.pk for each in pens}
        if covered & {each.pk for each in self.turn}:
            return ""
        if covered & {each.pk for each in self.missing}:
            return f"It is the turn of {names(self.turn)}: the practice decided on an order. You are written to when it is yours."
        if done := next((each for each in self.given if each.covers_id in covered), None):
            return f"{done.typed_name} already signed in this place. It still waits for {missing}."
        return f"The practice decided that {names(self.needed)} sign. You can read this and ask for a change."


def rule_of(client: Client) -> SigningRule | None:
    """Who must sign for this client; None: any one compliance contact."""
    found: SigningRule | None = SigningRule.objects.filter(client=client).order_by("-pk").first()
    return found


def standing(request: ApprovalRequest) -> Standing:
    """Where an open request stands, by the rule it was asked under: four queries."""
    rule = SigningRule.objects.filter(pk=request.rule_id).first() if request.rule_id else None
    given = (
        Cosignature.objects.filter(request=request)
        .select_related("client", "signed_by", "covers")
        .order_by("pk")
    )
    if rule is None or rule.how == How.ANY:
        return Standing(How.ANY, (), ())
    return Standing(rule.how, in_order(rule.signers), tuple(given))


def in_order(ids: Sequence[int]) -> tuple[User, ...]:
    """These accounts, in this order."""
    found = User.objects.in_bulk(ids)
    return tuple(found[pk] for pk in ids if pk in found)


def approvers(client: Client) -> list[User]:
    """The client's compliance contacts: nobody who also holds a role at the agency, nobody at its mail domains."""
    members = _own_people(client).filter(role=Role.APPROVER)
    return list(User.objects.filter(pk__in=members.values("user")).order_by("pk"))


def own_people(client: Client) -> list[User]:
    """Everybody a compliance contact may name to sign for them."""
    return list(User.objects.filter(pk__in=_own_people(client).values("user")).order_by("name", "pk"))


def pens(client: Client, at: datetime | None = None) -> list[Pen]:
    """Every way to sign for this client now: its compliance contacts, and whom they named for today. Two queries."""
    today = (at or db_now()).astimezone(ZoneInfo(client.time_zone)).date()
    members = list(_own_people(client).select_related("user").order_by("user"))
    roles = {each.user_id: each.role for each in members}
    own = {each.user_id: each.user for each in members if each.role == Role.APPROVER}
    named = Delegation.objects.filter(
        client=client, ended_at=None, from_day__lte=today, until_day__gte=today, principal__in=list(own), delegate__in=list(roles)
    ).select_related("delegate")  # fmt: skip
    return [Pen(user, user, Role.APPROVER) for user in own.values()] + [
        Pen(each.delegate, own[each.principal_id], roles[each.delegate_id], each)
        for each in named.order_by("pk")
    ]


def pens_of(client: Client, user: User) -> list[Pen]:
    """This person's ways to sign, their own first; none for a stranger."""
    return [each for each in pens(client) if each.holder.pk == user.pk]


def may_sign(client: Client, user: User) -> bool:
    """Whether this person signs for the client, as themselves or for another."""
    return bool(pens_of(client, user))


def next_pens(request: ApprovalRequest, client: Client) -> list[Pen]:
    """The pens a request waits for now: whom to write to."""
    found, where = pens(client), standing(request)
    if not where.several:
        return found
    turn, signed = {each.pk for each in where.turn}, {each.signed_by_id for each in where.given}
    return [each for each in found if each.covers.pk in turn and each.holder.pk not in signed]


def names(people: Sequence[User]) -> str:
    """“Ann, Bob and Cid”."""
    said = [each.name for each in people]
    return " and ".join(filter(None, (", ".join(said[:-1]), said[-1]))) if said else "nobody"


def _own_people(client: Client):  # type: ignore[no-untyped-def]
    members = Membership.objects.in_force()
    both = members.filter(agency=client.agency_id).values("user")
    domains = Agency.objects.filter(pk=client.agency_id).values("mail_domains")
    mine = members.filter(client=client, agency=None).annotate(
        domain=Substr("user__email", StrIndex("user__email", Value("@")) + 1), ours=domains
    )
    return mine.exclude(Q(user__in=both)).exclude(ours__contains=[F("domain")])
