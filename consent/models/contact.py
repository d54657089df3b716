"""The people a client knows, and where they can be reached."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from tenants.encryption import EncryptedChar
from tenants.isolation import SameClientKey
from tenants.models import Channel
from tenants.models.base import ClientOwned, ClockNow, Interval
from tenants.scope import ClientManager

# The first words of a name have an index each, a name of more words is on a list of its own (`consent.finding.named`).
WORDS_INDEXED = 4


class Contact(ClientOwned):
    """A person a client knows. Only what a campaign needs is kept: no birth date, no diagnosis, no ZIP code."""

    external_id = models.CharField(max_length=80, blank=True, help_text="The practice system's own id.")
    first_name = EncryptedChar(max_length=120, blank=True)
    last_name = EncryptedChar(max_length=120, blank=True)
    # Keyed hashes of the words of the name (tenants.hashing.word_hash), for exact search.
    name_words = ArrayField(models.BigIntegerField(), default=list)
    language = models.CharField(max_length=5, default="en")
    state = models.CharField(max_length=2, blank=True)
    # The month from which the person is an adult; unknown is empty. The birth date itself is not kept.
    adult_from = models.DateField(null=True, blank=True)
    deceased = models.BooleanField(default=False)
    last_visit = models.DateField(null=True, blank=True)
    segment = models.CharField(max_length=60, blank=True, help_text="A neutral label, as in Hygiene recall.")
    location = SameClientKey("tenants.Location", models.PROTECT, null=True, blank=True, db_index=False)
    guardian = SameClientKey("consent.Contact", models.PROTECT, null=True, blank=True, db_index=False)
    # Candidate places (state/zone, joined by |) for quiet hours; "?" when nothing is known (consent.places).
    window_key = models.TextField(default="?")
    # People who share an address are one household: the smallest contact id among them.
    household = models.BigIntegerField(default=0)
    # Names of the merge fields that have a value, so that the gate can refuse a blank (decisions 16).
    filled = ArrayField(models.CharField(max_length=30), default=list)
    # The import that made the row; nothing is sent to a contact whose import is not finished.
    made_by_import = SameClientKey("consent.Import", models.PROTECT, null=True, blank=True, db_index=False)
    # The record of the same person that this one was joined into: nobody is written to through this one any more.
    merged_into = SameClientKey("consent.Contact", models.PROTECT, null=True, blank=True, db_index=False)
    created_at = models.DateTimeField(db_default=ClockNow())
    changed_at = models.DateTimeField(db_default=ClockNow())

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["client", "external_id"], condition=~Q(external_id=""), name="external_id_once"
            )
        ]
        indexes = [
            models.Index(fields=["client", "last_visit"]),  # the audience rule
            models.Index(fields=["client", "household"]),
            models.Index(fields=["client", "guardian"], condition=Q(guardian__isnull=False), name="wards"),
            models.Index(
                fields=["client", "location"],
                condition=Q(location__isnull=False),
                name="people_of_a_location",
            ),
            models.Index(
                fields=["client", "merged_into"],
                condition=Q(merged_into__isnull=False),
                name="joined_people",
            ),
            models.Index(
                fields=["client", "id"], condition=Q(deceased=True), name="deceased_people"
            ),  # a preview hashes them
            models.Index(fields=["client"], condition=Q(language="es"), name="reads_spanish"),
            # What the API is asked for by time: of ranges of pages, because an import pays for every other.
            BrinIndex(fields=["changed_at"], name="contact_changed", pages_per_range=32),
            # Without the client: a word's hash is of one client only, and an import pays for each byte.
            *(
                models.Index(
                    F(f"name_words__{place}"),
                    condition=Q(**{f"name_words__{place}__isnull": False}),
                    name=f"name_word_{place + 1}",
                )
                for place in range(WORDS_INDEXED)
            ),
            models.Index(
                fields=["client"],
                condition=Q(**{f"name_words__{WORDS_INDEXED}__isnull": False}),
                name="long_names",
            ),
        ]

    def __str__(self) -> str:
        return f"contact {self.pk}"

    @property
    def name(self) -> str:
        """The full name in clear; the caller shows it or drops it, it is never logged."""
        return f"{self.first_name} {self.last_name}".strip()


class ContactPoint(ClientOwned):
    """A channel and an address of a contact. Several people may share one address."""

    # The key to the contact holds the client too; checking it a second time costs imports a tenth.
    client = models.ForeignKey(
        "tenants.Client", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    contact = SameClientKey(Contact, models.CASCADE, related_name="points", db_index=False)
    channel = models.CharField(max_length=5, choices=Channel)
    # No constraint: addresses are kept for ever and made by `AddressManager` alone, and what is sent to or
    # suppressed has its own key to them; a check for every point and consent costs imports a sixth.
    address = models.ForeignKey(
        "consent.Address", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    value = EncryptedChar(max_length=320, help_text="Canonical form: E.164, or the lower-cased mail address.")
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)
    # Why it ended: moved, hard bounce, landline, not a number…
    end_reason = models.CharField(max_length=40, blank=True)

    objects = ClientManager.from_queryset(Interval)()

    class Meta(ClientOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["client", "contact", "address"], name="point_once")]
        indexes = [
            models.Index(fields=["client", "address"]),
            models.Index(
                fields=["client", "ended_at"], condition=Q(ended_at__isnull=False), name="ended_points"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} point {self.pk}"


class Pause(ClientOwned):
    """A person is not to be contacted until someone looks: an unclear reply, a complaint to the front desk."""

    contact = SameClientKey(Contact, models.CASCADE)
    reason = models.CharField(max_length=40)
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")

    objects = ClientManager.from_queryset(Interval)()

    class Meta(ClientOwned.Meta):
        indexes = [models.Index(fields=["client", "contact"])]

    def __str__(self) -> str:
        return f"pause of contact {self.contact_id}"


class AddressPause(ClientOwned):
    """Nothing goes to an address until a member has read what came from it, whoever has the address by then."""

    address = models.ForeignKey("consent.Address", models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=40)
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+", db_index=False)

    objects = ClientManager.from_queryset(Interval)()

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["client", "address", "reason"], condition=Q(ended_at=None), name="address_paused_once"
            )
        ]
        indexes = [models.Index(fields=["client", "address"], name="pauses_of_address")]

    def __str__(self) -> str:
        return f"pause {self.pk} of an address"
