"""Reports by mail: when and to whom the client wants them, and each mail that became due."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow, Interval
from tenants.scope import ClientManager


class ReportSchedule(ClientOwned):
    """How often, on which weekday, to which of the client's people. Never edited: another wish ends it and begins another."""

    class Every(models.TextChoices):
        WEEK = "week", "Every week"
        MONTH = "month", "Every month, on the first such weekday"

    every = models.CharField(max_length=5, choices=Every)
    weekday = models.PositiveSmallIntegerField(help_text="1 is Monday.")
    readers = ArrayField(models.BigIntegerField(), help_text="Accounts of the client's own people.")
    set_by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)

    objects = ClientManager.from_queryset(Interval)()

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["client"], condition=Q(ended_at=None), name="one_report_schedule_a_client"
            ),
            models.CheckConstraint(
                condition=Q(weekday__gte=1, weekday__lte=7) & ~Q(readers=[]),
                name="reports_have_day_and_readers",
            ),
        ]

    def __str__(self) -> str:
        return f"reports every {self.every}"


class ReportMail(ClientOwned):
    """One mail to one person about one period. The row is written before the mail leaves, so that it leaves once."""

    schedule = SameClientKey(ReportSchedule, models.CASCADE, db_index=False)
    user = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    due_on = models.DateField(help_text="By the client's calendar; the period ends the day before.")
    campaigns = models.PositiveSmallIntegerField(
        default=0, help_text="How many it tells of; of none it is not sent."
    )
    tries = models.PositiveSmallIntegerField(default=1)
    since = models.DateTimeField(db_default=ClockNow())
    taken_at = models.DateTimeField(null=True, help_text="When the mail server took it.")
    refused_at = models.DateTimeField(null=True, help_text="When it last did not.")

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "due_on", "user"], name="one_report_mail_a_period"),
            models.CheckConstraint(
                condition=Q(taken_at=None) | Q(refused_at=None), name="report_taken_or_refused"
            ),
        ]

    def __str__(self) -> str:
        return f"report mail {self.pk}"
