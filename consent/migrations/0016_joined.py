"""Two records of one person joined into one."""

import django.db.models.deletion
import tenants.isolation
import tenants.models.base
from django.conf import settings
from django.db import migrations, models

from tenants.isolation import Isolate


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0015_confirmed_mail"),
        ("tenants", "0014_questions_to"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Merge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ("counts", models.JSONField(default=dict)),
                (
                    "moved",
                    models.JSONField(
                        default=dict, help_text="By table the ids of the rows that went to the kept contact."
                    ),
                ),
                (
                    "before",
                    models.JSONField(
                        default=dict, help_text="Facts of the kept contact: as they were, and as they became."
                    ),
                ),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "final_at",
                    models.DateTimeField(
                        help_text="One of them was erased: there is no way back.", null=True
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.AddField(
            model_name="contact",
            name="merged_into",
            field=tenants.isolation.SameClientKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="consent.contact",
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", False)),
                fields=["client", "merged_into"],
                name="joined_people",
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="client",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenants.client",
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="gone",
            field=tenants.isolation.SameClientKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="consent.contact",
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="kept",
            field=tenants.isolation.SameClientKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="consent.contact",
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="undone_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="merge",
            index=models.Index(fields=["client", "kept"], name="joined_into"),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at", None)), fields=("client", "gone"), name="joined_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(("kept", models.F("gone")), _negated=True), name="joined_with_another"
            ),
        ),
        Isolate(
            "consent",
            open_tables=("preferencelink", "signupform", "mailconfirmation"),
            append_only=("preferencelink",),
        ),
    ]
