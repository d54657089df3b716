"""The mail address itself: whether its domain takes mail."""

from __future__ import annotations

from django.db.models import QuerySet

from compliance.checks.applying import EMAIL, HOLD
from compliance.facts import Facts, Group, forbid
from compliance.models import MailLookup
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
