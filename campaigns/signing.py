"""Changing who must sign for a client, and naming who signs for whom. The client's deed; the agency may only ask for more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from campaigns import additions, approval_letters, signers
from campaigns.asking import close_all
from campaigns.models import AdditionRule, Delegation, Loosening, LooseningYes, SigningRule
from campaigns.signers import How
from tenants import audit
from tenants.clock import db_now
from tenants.models import Client, Membership, Role, User

LONGEST = 366  # days of a delegation
STRICTNESS = [str(each) for each in How]


class CannotChange(Exception):
    """Who signs stays as it is; the message is a sentence for the person who tried."""


def is_looser(before: SigningRule | None, how: str, named: Sequence[int]) -> bool:
    """Whether a new rule asks for less than the one before: another way, fewer people, another order."""
    if before is None:
        return False
    if STRICTNESS.index(how) < STRICTNESS.index(before.how) or not set(before.signers) <= set(named):
        return True
    kept = [each for each in named if each in before.signers]
    return before.how == How.ORDER and kept != before.signers


def set_rule(client: Client, how: str, named: Sequence[int], by: User, seen: int) -> SigningRule | Loosening:
    """Decide who must sign from now on; open requests are void. `seen`: the rule the change was made from, 0 for none.

    A wish for fewer signatures waits for all who must sign now. Raises CannotChange.
    """
    held = _locked(client)
    before = signers.rule_of(held)
    if (before.pk if before else 0) != seen:
        raise CannotChange("Somebody else changed this in the meantime. Look at what stands now.")
    people = signers.approvers(held)
    own = by in people
    named = [] if how == How.ANY else list(dict.fromkeys(named))
    if how != How.ANY and not named:
        raise CannotChange("Number at least one compliance contact, or choose that any one may sign.")
    if not own and is_looser(before, how, named):
        raise CannotChange(
            f"The agency can only ask for more signatures. {held.name}'s own compliance contact can ask for fewer."
        )
    if not set(named) <= {each.pk for each in people} | set(before.signers if before else []):
        raise CannotChange("Only compliance contacts of the practice can be named.")
    if how == (before.how if before else How.ANY) and named == (before.signers if before else []):
        raise CannotChange("That is how it stands already.")
    if before is not None and is_looser(before, how, named):
        wish = _ask_for_fewer(held, before, how, named, by)
        return wish if missing_yes(wish) else _follow(wish, held, by)
    return _put_in_force(held, how, named, by)


def agree(client: Client, wish_id: int, by: User) -> SigningRule | Loosening:
    """One of those who must sign now agrees to fewer; the last yes puts it in force. Raises CannotChange."""
    held = _locked(client)
    wish = _open_wish(held, wish_id)
    if by not in missing_yes(wish):
        raise CannotChange("Only those who must sign now agree to this, and each once.")
    LooseningYes.objects.create(client=held, loosening=wish, by=by)
    audit.record("approval.fewer_agreed", wish, client_id=held.pk, by=by)
    return wish if missing_yes(wish) else _follow(wish, held, by)


def refuse(client: Client, wish_id: int, by: User) -> None:
    """A compliance contact refuses fewer signatures, or takes back having asked for them. Raises CannotChange."""
    held = _locked(client)
    wish = _open_wish(held, wish_id)
    if by not in signers.approvers(held):
        raise CannotChange("Only a compliance contact of the practice can refuse this.")
    Loosening.objects.filter(pk=wish.pk).update(ended_at=db_now(), ended_by=by)
    audit.record("approval.fewer_refused", wish, client_id=held.pk, by=by)
    _tell(held, by, f"Refused or taken back. It stays so: {says(wish.before)}")


def wish_of(client: Client) -> Loosening | None:
    """The open wish for fewer signatures that the rule in force could still give way to."""
    rows = Loosening.objects.filter(client=client, ended_at=None).select_related("before", "asked_by")
    found: Loosening | None = rows.first()
    rule = signers.rule_of(client)
    return found if found and rule and found.before_id == rule.pk else None


def missing_yes(wish: Loosening) -> tuple[User, ...]:
    """Who of those who must sign now has not agreed yet. Whoever is no compliance contact any more is not asked."""
    there = Membership.objects.in_force().filter(client=wish.client_id, agency=None, role=Role.APPROVER)
    left = there.filter(user__in=wish.before.signers).exclude(
        user__in=LooseningYes.objects.filter(loosening=wish).values("by")
    )
    return signers.in_order([*left.order_by("user").values_list("user", flat=True)])


def _ask_for_fewer(held: Client, before: SigningRule, how: str, named: Sequence[int], by: User) -> Loosening:
    Loosening.objects.filter(client=held, ended_at=None).update(ended_at=db_now(), ended_by=by)
    wish: Loosening = Loosening.objects.create(
        client=held, before=before, how=how, signers=list(named), asked_by=by
    )
    if by.pk in before.signers:
        LooseningYes.objects.create(client=held, loosening=wish, by=by)
    audit.record("approval.fewer_asked", wish, client_id=held.pk, by=by, how=how, signers=list(named))
    if missing := missing_yes(wish):
        _tell(
            held, by, f"Asked for, not in force: {says(wish)} It holds when {signers.names(missing)} agreed."
        )
    return wish


def _follow(wish: Loosening, held: Client, by: User) -> SigningRule:
    made = _put_in_force(held, wish.how, wish.signers, by)
    Loosening.objects.filter(pk=wish.pk).update(ended_at=db_now(), ended_by=by)
    return made


def _put_in_force(held: Client, how: str, named: Sequence[int], by: User) -> SigningRule:
    made: SigningRule = SigningRule.objects.create(client=held, how=how, signers=named, set_by=by)
    void = close_all(held, "new_rule")
    audit.record(
        "approval.rule_set", made, client_id=held.pk, by=by, how=how, signers=named, requests_void=void
    )
    _tell(held, by, says(made))
    return made


def choose_additions(client: Client, only_added: bool, by: User) -> AdditionRule:
    """Decide what is signed when a message is added to a signed campaign. Raises CannotChange."""
    held = _locked(client)
    before = additions.rule_of(held)
    if only_added and by not in signers.approvers(held):
        raise CannotChange(
            f"Only {held.name}'s own compliance contact can choose to sign less than everything."
        )
    if only_added == bool(before and before.only_added):
        raise CannotChange("That is how it stands already.")
    made: AdditionRule = AdditionRule.objects.create(client=held, only_added=only_added, set_by=by)
    audit.record("approval.additions_chosen", made, client_id=held.pk, by=by, only_added=only_added)
    _tell(held, by, additions_say(only_added))
    return made


def additions_say(only_added: bool) -> str:
    """The choice as a sentence."""
    if only_added:
        return "When a message is added to a signed campaign, only the added message is signed."
    return "When a message is added to a signed campaign, everything is signed again."


def name_delegate(client: Client, principal: User, delegate: User, first: date, last: date) -> Delegation:
    """A compliance contact lets one of the client's own people sign for them on these days. Raises CannotChange."""
    today = _today(client)
    if principal not in signers.approvers(client):
        raise CannotChange(
            "Only a compliance contact of the practice can name somebody, and only for themselves."
        )
    if delegate == principal or delegate not in signers.own_people(client):
        raise CannotChange("Choose one of the practice's own people.")
    if last < first or last < today:
        raise CannotChange("The last day must not be over, nor lie before the first.")
    if (last - first) > timedelta(days=LONGEST):
        raise CannotChange("A year at the most; name them again then.")
    made: Delegation = Delegation.objects.create(
        client=client,
        principal=principal,
        delegate=delegate,
        from_day=first,
        until_day=last,
        named_by=principal,
    )
    audit.record(
        "approval.delegate_named", made, client_id=client.pk, by=principal, delegate=delegate.pk,
        first=first.isoformat(), last=last.isoformat(),
    )  # fmt: skip
    _tell(
        client, principal, f"{delegate.name} may sign for {principal.name} from {first} to {last}.", delegate
    )
    return made


def end_delegation(client: Client, delegation: int, by: User) -> Delegation:
    """No more signatures by this delegate; those given stand. Raises CannotChange."""
    rows = Delegation.objects.select_for_update(of=("self",)).select_related("principal", "delegate")
    found: Delegation = rows.get(pk=delegation, client=client)
    if by not in signers.approvers(client):
        raise CannotChange("Only a compliance contact of the practice can end this.")
    if found.ended_at is not None:
        raise CannotChange("This has ended already.")
    found.ended_at, found.ended_by = db_now(), by
    found.save(update_fields=["ended_at", "ended_by"])
    audit.record("approval.delegate_ended", found, client_id=client.pk, by=by)
    _tell(
        client,
        by,
        f"{found.delegate.name} does not sign for {found.principal.name} any more.",
        found.delegate,
    )
    return found


def _locked(client: Client) -> Client:
    rows = Client.objects.select_for_update(of=("self",), no_key=True).select_related("agency")
    found: Client = rows.get(pk=client.pk)
    return found


def _open_wish(held: Client, wish_id: int) -> Loosening:
    wish = wish_of(held)
    if wish is None or wish.pk != wish_id:
        raise CannotChange("Nobody asks for this any more. Look at what stands now.")
    return wish


def says(rule: SigningRule | Loosening | None) -> str:
    """The rule as a sentence."""
    if rule is None or rule.how == How.ANY:
        return "Any one compliance contact's signature is enough."
    named = signers.in_order(rule.signers)
    if len(named) == 1:
        return f"Only {named[0].name} signs."
    order = ", one after the other in this order" if rule.how == How.ORDER else ", in any order"
    return f"{signers.names(named)} must all sign{order}."


def _today(client: Client) -> date:
    return db_now().astimezone(ZoneInfo(client.time_zone)).date()


def _tell(client: Client, by: User, what: str, *more: User) -> None:
    people = dict.fromkeys([*signers.approvers(client), *more])
    letters = approval_letters.signing_changed(client, people, by, what)
    transaction.on_commit(lambda: approval_letters.deliver(letters))
