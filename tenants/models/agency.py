"""The agency, and the client: the tenant."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from tenants.models.base import ClientOwned, ClockNow, Interval
from tenants.scope import ClientManager


class Agency(models.Model):
    """The firm that runs campaigns; has staff; serves many clients."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    test_phone = models.CharField(
        max_length=16, blank=True, help_text="The agency's own number, E.164: where test texts go."
    )
    questions_to = models.EmailField(
        blank=True, help_text="Shown to everybody: where questions about how data is handled go."
    )
    # Nobody with an address at one of them signs for a client; each who joins the agency adds theirs.
    mail_domains = ArrayField(models.CharField(max_length=253), default=list, blank=True)

    def __str__(self) -> str:
        return self.name


class Client(models.Model):
    """The practice or business: the tenant. All data belongs to exactly one client."""

    class Covered(models.TextChoices):
        UNSET = "unset", "Not yet answered"
        COVERED = "covered", "Covered by HIPAA"
        NOT_COVERED = "not_covered", "Not covered by HIPAA"

    class Addiction(models.TextChoices):
        UNSET = "unset", "Not yet answered"
        NO = "no", "No addiction treatment"
        YES = "yes", "Addiction treatment"

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="clients")
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField("brand", max_length=120, help_text="The name patients know.")
    legal_name = models.CharField(max_length=200, blank=True)
    # Whether HIPAA covers the client: unset counts as covered, and blocks (rules HIPAA-CE-FLAG).
    covered = models.CharField(max_length=12, choices=Covered, default=Covered.UNSET)
    # Whether the list would show that people were treated for addiction: unset blocks (rule PART2-SUD, 42 CFR part 2).
    addiction = models.CharField(max_length=5, choices=Addiction, default=Addiction.UNSET)
    # The policy that Washington and Nevada ask of whoever keeps data about health outside HIPAA (rule MHMDA).
    health_policy = models.URLField(max_length=200, blank=True)
    # Words of its speciality that no text and no subject may hold, each with any ending (rule HIPAA-CONTENT).
    private_words = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    # Care of which to be written to at all tells much, whatever the practice is called (rule SENSITIVE-LINES).
    sensitive_line = models.BooleanField(default=False)
    time_zone = models.CharField(max_length=40, default="America/New_York")
    phone = models.CharField(max_length=20, blank=True)
    website = models.CharField(max_length=200, blank=True)
    # The client's own sending hours, local to the recipient (rule SEND-WINDOW-HOUSE): may only narrow the law.
    hours_from = models.PositiveSmallIntegerField(default=10)
    hours_until = models.PositiveSmallIntegerField(default=18)
    days = models.CharField(max_length=7, default="12345", help_text="Days of the week, 1 is Monday.")
    # How often at most: both may only make the product's own limits (one a day, three a week) stricter.
    days_between = models.PositiveSmallIntegerField(
        default=1, help_text="From one message to a household to the next."
    )
    most_a_year = models.PositiveSmallIntegerField(
        default=24, help_text="Messages to one address in 365 days."
    )
    first_a_day = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="So many people a day may get a first message; empty: no limit."
    )
    # Counted by messaging.spending, held by the check `spend_cap`.
    most_dollars = models.PositiveIntegerField(
        null=True, blank=True, help_text="What a month's messages may cost; empty: no limit."
    )
    # How long a reply may wait for a person, in the hours above (messaging.hand_off).
    hand_off_minutes = models.PositiveSmallIntegerField(
        default=60,
        validators=[MaxValueValidator(1440)],
        help_text="Until a reply that nobody read is overdue.",
    )
    # The one text that may follow an opt-out (messaging.confirming): nobody gets it unless the practice wants it.
    confirms_opt_outs = models.BooleanField(
        default=False, help_text="Whether an opt-out in one's own words is confirmed, once."
    )
    created_at = models.DateTimeField(db_default=ClockNow())
    # The engagement ended and the data was deleted: pages are read only, nothing is taken in or sent any more.
    closed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(days_between__gte=1, most_a_year__gte=1), name="limits_only_narrow"
            ),
            models.CheckConstraint(
                condition=Q(hours_from__lt=models.F("hours_until"), hours_until__lte=24),
                name="hours_make_sense",
            ),
            models.CheckConstraint(
                condition=Q(hand_off_minutes__gte=1, hand_off_minutes__lte=1440), name="hand_off_makes_sense"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def needs_agreement(self) -> bool:
        """Whether a BAA must be in force; an unanswered question counts as covered."""
        return self.covered != self.Covered.NOT_COVERED


class Location(ClientOwned):
    """A client's site, with its own time zone; a sender may belong to it."""

    name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=40)
    phone = models.CharField(max_length=20, blank=True)

    class Meta(ClientOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["client", "name"], name="location_name_once")]

    def __str__(self) -> str:
        return self.name


class PostalAddress(ClientOwned):
    """The postal address every mail must show (rule CANSPAM-ADDRESS), as a dated fact that a named person confirmed."""

    line = models.CharField(max_length=200)
    city = models.CharField(max_length=80)
    state = models.CharField(max_length=2, validators=[RegexValidator(r"^[A-Z]{2}$")])
    zip_code = models.CharField(max_length=10, validators=[RegexValidator(r"^\d{5}(-\d{4})?$")])
    confirmed_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)

    objects = ClientManager.from_queryset(Interval)()

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["client"], condition=Q(ended_at=None), name="one_postal_address_in_force"
            )
        ]

    def __str__(self) -> str:
        return f"{self.line}, {self.city}, {self.state} {self.zip_code}"
