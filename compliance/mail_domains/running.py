"""Going through a client's mail addresses: each new one is read once, each domain asked about once, and again when its answer is old."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from compliance.mail_domains.asking import look
from compliance.models import MailDomain, MailLookup, Told
from compliance.models.mail_domains import NO_MAIL
from consent.models import ContactPoint
from tenants.clock import db_now
from tenants.hashing import word_hashes
from tenants.models import Channel
from tenants.scope import acting_for

# Asked again after so long: a domain that is gone may be back tomorrow, one that takes mail seldom stops. Who could not be
# asked about gets no mail meanwhile, so that is tried again soonest.
AGAIN = {
    Told.TAKES: timedelta(days=90),
    Told.NO_SERVER: timedelta(days=1),
    Told.REFUSES: timedelta(days=1),
    Told.UNKNOWN: timedelta(minutes=20),
}
PORTION, AT_ONCE = 4000, 32
BATCH = 256  # domains whose answers are kept together
ENOUGH, SILENT = 20, 8  # domains of a batch, to judge the name servers themselves by
A_WHILE = 20.0  # seconds of one task


class NobodyAnswers(Exception):
    """The name servers do not answer at all: asking on makes no sense before the next round."""


def go_on(client_id: int, ask: Callable[[str], Told] = look, *, only: Collection[int] | None = None) -> bool:
    """Look for about 20 seconds; True while something is left. No transaction is open while the DNS is asked.

    `only`: at the new addresses of these people, and at nothing else.
    """
    ends, after = time.monotonic() + A_WHILE, 0
    try:
        while time.monotonic() < ends:
            read = _new(client_id, ask, ends, after, only)
            if not read and (only is not None or not _old(client_id, ask)):
                return False
            after = max(after, read)
    except NobodyAnswers:
        return False
    return True


def not_looked(client_id: int) -> QuerySet[ContactPoint]:
    """The points of mail addresses that nobody has looked at, one an address."""
    seen = MailLookup.objects.filter(client=client_id, address=OuterRef("address"), ended_at=None)
    points = ContactPoint.objects.filter(client=client_id, channel=Channel.EMAIL, ended_at=None)
    rows: QuerySet[ContactPoint] = points.filter(~Exists(seen)).order_by("address").distinct("address")
    return rows


def _new(
    client_id: int, ask: Callable[[str], Told], ends: float, after: int, only: Collection[int] | None
) -> int:
    """Read the next portion of new addresses in, and return the last of them; 0 when there is none."""
    with acting_for(client_id):
        rows = not_looked(client_id).filter(address__gt=after)
        rows = rows if only is None else rows.filter(contact__in=only)
        portion = {row.address_id: domain_of(row.value) for row in rows[:PORTION]}
        names = _hashed(client_id, portion.values())
        known = dict(
            MailDomain.objects.filter(client=client_id, domain__in=names).values_list("domain", "told")
        )
    if not portion:
        return 0
    missing = [(each, name) for each, name in names.items() if each not in known]
    hash_of = {name: each for each, name in names.items()}
    for at in range(0, max(len(missing), 1), BATCH):
        answers = _ask(missing[at : at + BATCH], ask)
        known |= {each: told.value for each, told in answers.items()}
        _keep_new(client_id, answers)
        nobody, late = _silent(answers), time.monotonic() > ends
        if nobody or late:
            break
    else:
        nobody = late = False
    _keep_addresses(
        client_id, {a: hash_of[name] for a, name in portion.items() if hash_of[name] in known}, known
    )
    if nobody:
        raise NobodyAnswers
    return max(portion)


def _old(client_id: int, ask: Callable[[str], Told]) -> bool:
    """Ask again about some domains whose answer is old; False when there is none."""
    with acting_for(client_id):
        at = db_now()
        old = Q()
        for told, after in AGAIN.items():
            old |= Q(told=told, asked_at__lte=at - after)
        due = dict(
            MailDomain.objects.filter(old, client=client_id)
            .order_by("asked_at", "pk")[:BATCH]
            .values_list("domain", "told")
        )
        names = _names(client_id, due)
        gone = [each for each in due if each not in names]
        MailDomain.objects.filter(client=client_id, domain__in=gone).delete()
    if not due:
        return False
    answers = _ask(list(names.items()), ask)
    with acting_for(client_id):
        for told in Told:
            _keep_again(client_id, [each for each, answer in answers.items() if answer is told], told)
    if _silent(answers):
        raise NobodyAnswers
    return True


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _hashed(client_id: int, names: Iterable[str]) -> dict[int, str]:
    distinct = sorted(set(names))
    return dict(zip(word_hashes(client_id, distinct), distinct, strict=True))


def _names(client_id: int, domains: Iterable[int]) -> dict[int, str]:
    """The plain names of hashed domains, read from one address of each that is still in use."""
    points = ContactPoint.objects.filter(client=client_id, channel=Channel.EMAIL, ended_at=None)
    in_use = Exists(points.filter(address=OuterRef("address")))
    looked = MailLookup.objects.filter(in_use, client=client_id, domain__in=list(domains), ended_at=None)
    one_each = looked.order_by("domain").distinct("domain").values_list("address", flat=True)
    rows = points.filter(address__in=list(one_each)).order_by("address").distinct("address")
    return _hashed(client_id, (domain_of(row.value) for row in rows))


def _ask(domains: list[tuple[int, str]], ask: Callable[[str], Told]) -> dict[int, Told]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        told = list(pool.map(lambda each: ask(each[1]), domains))
    if len(told) >= ENOUGH and sum(each in NO_MAIL for each in told) * 2 > len(told):
        # A name server that denies most of what it is asked is not believed: it would hold a whole list.
        told = [Told.UNKNOWN if each in NO_MAIL else each for each in told]
    return {each: answer for (each, _), answer in zip(domains, told, strict=True)}


def _silent(answers: dict[int, Told]) -> bool:
    return len(answers) >= SILENT and all(each is Told.UNKNOWN for each in answers.values())


def _keep_new(client_id: int, answers: dict[int, Told]) -> None:
    with acting_for(client_id):
        at = db_now()
        MailDomain.objects.bulk_create(
            (
                MailDomain(client_id=client_id, domain=each, told=told, asked_at=at)
                for each, told in answers.items()
            ),
            ignore_conflicts=True,  # somebody else asked meanwhile
        )


def _keep_addresses(client_id: int, domains: dict[int, int], known: dict[int, str]) -> None:
    with acting_for(client_id):
        at = db_now()
        MailLookup.objects.bulk_create(
            (
                MailLookup(client_id=client_id, address_id=address, domain=each, told=known[each], since=at)
                for address, each in domains.items()
            ),
            ignore_conflicts=True,
        )


def _keep_again(client_id: int, domains: list[int], told: Told) -> None:
    """A question that nobody answered leaves the answer before it: only its date is noted."""
    if not domains:
        return
    at = db_now()
    asked = MailDomain.objects.filter(client=client_id, domain__in=domains)
    asked.update(asked_at=at)
    if told is Told.UNKNOWN:
        return
    asked.update(told=told)
    rows = MailLookup.objects.filter(client=client_id, domain__in=domains, ended_at=None).exclude(told=told)
    # Nothing was decided by a row that knew nothing, so it is filled in; any other ends and stays as it was.
    rows.filter(told=Told.UNKNOWN).update(told=told, since=at)
    changed = rows.exclude(told=Told.UNKNOWN).order_by("pk").values_list("pk", "address", "domain")
    while other := list(changed[:PORTION]):  # half a list may have one domain
        MailLookup.objects.filter(client=client_id, pk__in=[pk for pk, *_ in other]).update(ended_at=at)
        MailLookup.objects.bulk_create(
            MailLookup(client_id=client_id, address_id=address, domain=each, told=told, since=at)
            for _, address, each in other
        )
