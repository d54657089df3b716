"""Where booking systems tell of appointments by themselves."""

import django.db.models.deletion
import tenants.encryption
import tenants.isolation
import tenants.models.base
from django.conf import settings
from django.db import migrations, models

from tenants.isolation import Isolate


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0015_notes_and_assignee'),
        ('tenants', '0016_mail_choices'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BookingHook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(help_text='In its address; no secret.', max_length=22, unique=True)),
                ('name', models.CharField(help_text='The system that tells.', max_length=80)),
                ('made_at', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('ended_at', models.DateTimeField(null=True)),
                ('taken_at', models.DateTimeField(help_text='When a request was last taken.', null=True)),
                ('refused_at', models.DateTimeField(help_text='When a signature was last wrong.', null=True)),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
                ('made_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='BookingDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid_hash', models.BinaryField(help_text='SHA-256 of its webhook-id.', max_length=32)),
                ('body_hash', models.BinaryField(help_text='SHA-256 of its body.', max_length=32)),
                ('status', models.PositiveSmallIntegerField(help_text='The HTTP status it was answered.', null=True)),
                ('says', models.CharField(blank=True, help_text='The first refusal, as a sentence.', max_length=400)),
                ('results', models.JSONField(default=list, help_text='Row by row: outcome, id, remarks. Nothing personal.')),
                ('taken', models.IntegerField(default=0)),
                ('changed', models.IntegerField(default=0)),
                ('known', models.IntegerField(default=0)),
                ('refused', models.IntegerField(default=0)),
                ('at', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
                ('hook', tenants.isolation.SameClientKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='campaigns.bookinghook')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='BookingHookSecret',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('secret', tenants.encryption.EncryptedText()),
                ('since', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('ended_at', models.DateTimeField(null=True)),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
                ('hook', tenants.isolation.SameClientKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='campaigns.bookinghook')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.AddIndex(
            model_name='bookinghook',
            index=models.Index(fields=['client', 'id'], name='campaigns_b_client__325819_idx'),
        ),
        migrations.AddIndex(
            model_name='bookingdelivery',
            index=models.Index(fields=['client', 'at'], name='booking_deliveries_by_day'),
        ),
        migrations.AddConstraint(
            model_name='bookingdelivery',
            constraint=models.UniqueConstraint(fields=('client', 'hook', 'uid_hash'), name='booking_delivery_once'),
        ),
        migrations.AddIndex(
            model_name='bookinghooksecret',
            index=models.Index(fields=['client', 'hook'], name='secrets_of_booking_hook'),
        ),
        Isolate(
            "campaigns",
            open_tables=("reviewlink", "bookinghook"),
            append_only=("approvaldocument", "cosignature", "signingrule", "looseningyes", "additionrule"),
        ),
    ]
