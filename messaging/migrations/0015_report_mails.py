"""Reports by mail: the client's choice, and each mail once."""

import django.contrib.postgres.fields
import django.db.models.deletion
import tenants.isolation
import tenants.models.base
from django.conf import settings
from django.db import migrations, models

from tenants.isolation import Isolate


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0014_pictures"),
        ("tenants", "0014_questions_to"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReportSchedule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "every",
                    models.CharField(
                        choices=[("week", "Every week"), ("month", "Every month, on the first such weekday")],
                        max_length=5,
                    ),
                ),
                ("weekday", models.PositiveSmallIntegerField(help_text="1 is Monday.")),
                (
                    "readers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        help_text="Accounts of the client's own people.",
                        size=None,
                    ),
                ),
                ("since", models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.client",
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="ReportMail",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "due_on",
                    models.DateField(help_text="By the client's calendar; the period ends the day before."),
                ),
                (
                    "campaigns",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="How many it tells of; of none it is not sent."
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=1)),
                ("since", models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ("taken_at", models.DateTimeField(help_text="When the mail server took it.", null=True)),
                ("refused_at", models.DateTimeField(help_text="When it last did not.", null=True)),
                (
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.client",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "schedule",
                    tenants.isolation.SameClientKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="messaging.reportschedule",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.AddConstraint(
            model_name="reportschedule",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("client",),
                name="one_report_schedule_a_client",
            ),
        ),
        migrations.AddConstraint(
            model_name="reportschedule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("weekday__gte", 1), ("weekday__lte", 7), models.Q(("readers", []), _negated=True)
                ),
                name="reports_have_day_and_readers",
            ),
        ),
        migrations.AddConstraint(
            model_name="reportmail",
            constraint=models.UniqueConstraint(
                fields=("client", "due_on", "user"), name="one_report_mail_a_period"
            ),
        ),
        migrations.AddConstraint(
            model_name="reportmail",
            constraint=models.CheckConstraint(
                condition=models.Q(("taken_at", None), ("refused_at", None), _connector="OR"),
                name="report_taken_or_refused",
            ),
        ),
        Isolate("messaging", open_tables=("turn",), append_only=("certificate",)),
    ]
