"""Pictures people sent are kept, each once, and fetched until they are had."""

import django.db.models.deletion
import tenants.encryption
import tenants.isolation
import tenants.models.base
from django.conf import settings
from django.db import migrations, models

from tenants.isolation import Isolate


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0013_changed'),
        ('messaging', '0013_blanked'),
        ('tenants', '0011_private_words'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Picture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider_id', models.CharField(max_length=40)),
                ('file', tenants.encryption.EncryptedText(blank=True)),
                ('sha256', models.CharField(blank=True, help_text='Of what is kept.', max_length=64)),
                ('width', models.PositiveSmallIntegerField(default=0)),
                ('height', models.PositiveSmallIntegerField(default=0)),
                ('refused', models.CharField(blank=True, help_text='Why it was not taken in: a word of ours.', max_length=20)),
                ('fetched_at', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('gone_there_at', models.DateTimeField(help_text='When the provider deleted its own.', null=True)),
                ('emptied_at', models.DateTimeField(help_text='When it was thrown away.', null=True)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.AddField(
            model_name='inbound',
            name='pictures_done_at',
            field=models.DateTimeField(help_text='When all of them were fetched.', null=True),
        ),
        migrations.AddField(
            model_name='inbound',
            name='pictures_next_at',
            field=models.DateTimeField(db_default=tenants.models.base.ClockNow(), help_text='Not fetched before.'),
        ),
        migrations.AddField(
            model_name='inbound',
            name='pictures_tries',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddIndex(
            model_name='inbound',
            index=models.Index(condition=models.Q(('pictures__gt', 0), ('pictures_done_at', None)), fields=['client', 'pictures_next_at'], name='to_fetch'),
        ),
        migrations.AddField(
            model_name='picture',
            name='client',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client'),
        ),
        migrations.AddField(
            model_name='picture',
            name='reply',
            field=tenants.isolation.SameClientKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='shown', to='messaging.inbound'),
        ),
        migrations.AddConstraint(
            model_name='picture',
            constraint=models.UniqueConstraint(fields=('client', 'reply', 'provider_id'), name='picture_once'),
        ),
        migrations.AddConstraint(
            model_name='picture',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('height__gt', 0), ('refused', ''), ('width__gt', 0)), models.Q(('height', 0), ('width', 0), models.Q(('refused', ''), _negated=True)), _connector='OR'), name='a_picture_or_refused'),
        ),
        Isolate('messaging', open_tables=('turn',), append_only=('certificate',)),
    ]
