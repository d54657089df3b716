"""Lists that come by themselves."""

import django.db.models.deletion
import tenants.encryption
import tenants.isolation
import tenants.models.base
from django.conf import settings
from django.db import migrations, models

from tenants.isolation import Isolate


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0017_keywords'),
        ('tenants', '0016_mail_choices'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ListSource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='What the members call it.', max_length=80)),
                ('kind', models.CharField(choices=[('folder', 'A folder of this installation'), ('sftp', 'The client’s SFTP server')], max_length=6)),
                ('host', models.CharField(blank=True, max_length=253)),
                ('port', models.PositiveIntegerField(default=22)),
                ('user_name', models.CharField(blank=True, max_length=80)),
                ('folder', models.CharField(blank=True, help_text="On the client's server.", max_length=200)),
                ('host_key', models.TextField(blank=True, help_text="The server's public key: another server is not spoken to.")),
                ('secret', tenants.encryption.EncryptedText(blank=True, help_text='A password, or a private key in PEM.')),
                ('every', models.PositiveSmallIntegerField(choices=[(1, 'Every hour'), (24, 'Every day'), (168, 'Every week')], default=24, help_text='Hours.')),
                ('attested_name', models.CharField(max_length=120)),
                ('attested_at', models.DateTimeField()),
                ('attested_until', models.DateTimeField()),
                ('made_at', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('ended_at', models.DateTimeField(null=True)),
                ('looked_at', models.DateTimeField(help_text='When it was last looked at, or a look began.', null=True)),
                ('problem', models.CharField(blank=True, help_text='Why the last look failed.', max_length=300)),
                ('failing_since', models.DateTimeField(null=True)),
                ('told_at', models.DateTimeField(help_text='When the agency was mailed about the failure.', null=True)),
                ('attested_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
                ('made_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='ListFetch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file_name', models.CharField(max_length=200)),
                ('mark', models.CharField(help_text='SHA-256 of its name, size and time: not read again.', max_length=64)),
                ('sha256', models.CharField(blank=True, help_text='Of its bytes, when they were read to the end.', max_length=64)),
                ('size', models.BigIntegerField(default=0)),
                ('state', models.CharField(choices=[('taken', 'Taken'), ('waits', 'Waits for its columns to be checked'), ('known', 'Known already'), ('refused', 'Refused')], max_length=7)),
                ('problem', models.CharField(blank=True, max_length=300)),
                ('at', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
                ('made', tenants.isolation.SameClientKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='consent.import')),
                ('source', tenants.isolation.SameClientKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='consent.listsource')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.AddIndex(
            model_name='listsource',
            index=models.Index(fields=['client', 'id'], name='list_sources_of_client'),
        ),
        migrations.AddIndex(
            model_name='listfetch',
            index=models.Index(fields=['client', 'source', '-id'], name='lists_of_source'),
        ),
        migrations.AddConstraint(
            model_name='listfetch',
            constraint=models.UniqueConstraint(fields=('client', 'source', 'mark'), name='list_read_once'),
        ),
        migrations.AddConstraint(
            model_name='listfetch',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['taken', 'waits'])), fields=('client', 'source', 'sha256'), name='list_taken_once'),
        ),
        Isolate(
            "consent", open_tables=("preferencelink", "signupform", "mailconfirmation"), append_only=("preferencelink",)
        ),
    ]
