"""Indexes that cost an import an entry for every row and that nothing reads."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.isolation

# A hash is its own key; Django cannot move a key, PostgreSQL can.
HASH_IS_THE_KEY = """
ALTER TABLE consent_addresshash DROP CONSTRAINT hash_names_one_address;
ALTER TABLE consent_addresshash DROP COLUMN id;
ALTER TABLE consent_addresshash ADD PRIMARY KEY (key_version, hash);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0007_scans"),
        ("tenants", "0005_api_keys"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint(model_name="addresshash", name="hash_names_one_address"),
                migrations.RemoveField(model_name="addresshash", name="id"),
                migrations.AddField(
                    model_name="addresshash",
                    name="pk",
                    field=models.CompositePrimaryKey(
                        "key_version", "hash", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
            ],
            database_operations=[migrations.RunSQL(HASH_IS_THE_KEY)],
        ),
        migrations.AlterField(
            model_name="addresshash",
            name="address",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="hashes",
                to="consent.address",
            ),
        ),
        migrations.AlterField(
            model_name="contact",
            name="location",
            field=tenants.isolation.SameClientKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenants.location",
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(("location__isnull", False)),
                fields=["client", "location"],
                name="people_of_a_location",
            ),
        ),
    ]
