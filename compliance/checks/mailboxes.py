"""The mail address itself: whether its domain takes mail, and whether anybody asked."""

from __future__ import annotations

from django.db.models import QuerySet

from compliance.checks.applying import EMAIL, HOLD, PLANNED, WAIT
from compliance.facts import Facts, Group, forbid, require
from compliance.models import MailLookup, Told
from compliance.models.mail_domains import NO_MAIL


def _no_mail(m: Facts) -> QuerySet[MailLookup]:
    rows: QuerySet[MailLookup] = MailLookup.objects.in_force(m.at).filter(
        client=m.client, address=m.address, told__in=NO_MAIL
    )
    return rows


@forbid(
    "no_mail_server",
    effect=HOLD,
    group=Group.PEOPLE,
    cites="RFC 5321 5.1; RFC 7505",
    fix="contacts",
    applies=EMAIL,
    among=_no_mail,
)
def mail_server(m: Facts) -> QuerySet[MailLookup]:
    """The domain of this mail address has no mail server, or says that it takes no mail."""
    return _no_mail(m)


@require(
    "mail_domain_unknown",
    effect=WAIT,
    group=Group.PEOPLE,
    cites="RFC 5321 5.1; LIST-HYGIENE",
    applies=EMAIL & PLANNED,
)
def domain_looked_up(m: Facts) -> QuerySet[MailLookup]:
    """Whether the domain of this mail address takes mail is not known yet, or could not be checked; it is asked by itself."""
    rows: QuerySet[MailLookup] = MailLookup.objects.in_force(m.at).filter(client=m.client, address=m.address)
    return rows.exclude(told=Told.UNKNOWN)
