"""What the API is asked for by time has an index, of the kind that costs an import least."""

import django.contrib.postgres.indexes
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0012_sign_up'),
        ('tenants', '0009_emergency'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='consentrecord',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['recorded_at'], name='consent_recorded', pages_per_range=32),
        ),
        migrations.AddIndex(
            model_name='consentrecord',
            index=models.Index(condition=models.Q(('ended_at__isnull', False)), fields=['client', 'ended_at'], name='ended_consents'),
        ),
        migrations.AddIndex(
            model_name='contact',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['changed_at'], name='contact_changed', pages_per_range=32),
        ),
        migrations.AddIndex(
            model_name='contactpoint',
            index=models.Index(condition=models.Q(('ended_at__isnull', False)), fields=['client', 'ended_at'], name='ended_points'),
        ),
        migrations.AddIndex(
            model_name='suppression',
            index=models.Index(condition=models.Q(('ended_at__isnull', False)), fields=['client', 'ended_at'], name='lifted_opt_outs'),
        ),
    ]
