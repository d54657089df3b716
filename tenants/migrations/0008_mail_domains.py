"""The mail domains whose people never sign for a client."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0007_booking_keys'),
    ]

    operations = [
        migrations.AddField(
            model_name='agency',
            name='mail_domains',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=253), blank=True, default=list, size=None),
        ),
    ]
