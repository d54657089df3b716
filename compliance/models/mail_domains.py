"""Whether a domain takes mail at all, as the DNS told (RFC 5321 5.1, RFC 7505)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tenants.models.base import ClientOwned, ClockNow, Interval
from tenants.scope import ClientManager


class Told(models.TextChoices):
    """What the name servers said of a domain."""

    TAKES = "takes", "takes mail"
    NO_SERVER = "no_server", "has neither a mail server nor an address"
    REFUSES = "refuses", "says that it takes no mail (null MX)"
    UNKNOWN = "unknown", "could not be checked"


NO_MAIL = (Told.NO_SERVER, Told.REFUSES)


class MailDomain(ClientOwned):
    """The newest look at one domain of a client's list, so that it is asked about once and not for each person.

    Named by a keyed hash: a family's own domain names the family, and erasing a person must not leave it here.
    """

    domain = models.BigIntegerField(help_text="tenants.hashing.word_hash of the domain.")
    told = models.CharField(max_length=9, choices=Told)
    asked_at = models.DateTimeField(help_text="Also of a question that nobody answered.")

    class Meta(ClientOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["client", "domain"], name="mail_domain_once")]

    def __str__(self) -> str:
        return self.get_told_display()


class MailLookup(ClientOwned):
    """What was known of a mail address's domain, and from when to when. The gate reads these."""

    # No constraint: see ContactPoint.address.
    address = models.ForeignKey(
        "consent.Address", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    domain = models.BigIntegerField(help_text="As in MailDomain.")
    told = models.CharField(max_length=9, choices=Told)
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)

    objects = ClientManager.from_queryset(Interval)()

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["client", "address"], condition=Q(ended_at=None), name="one_look_at_a_mail_address"
            )
        ]
        indexes = [
            models.Index(fields=["client", "domain"], name="addresses_of_a_domain"),
            # As of an instant, which the unique one of what stands now cannot answer: each claim asks it of each message.
            models.Index(fields=["client", "address"], name="mail_lookup_of_address"),
            models.Index(
                fields=["client", "address"],
                condition=Q(told__in=NO_MAIL),
                name="no_mail_here",
            ),
        ]

    def __str__(self) -> str:
        return f"the domain {self.get_told_display()}"
