import django.db.models.deletion
import tenants.encryption
import tenants.isolation
import tenants.models.base
from django.conf import settings
from django.db import migrations, models

from tenants.isolation import Isolate

OWNED = {'abstract': False, 'base_manager_name': 'objects', 'default_manager_name': 'objects'}


def key(to, **options):
    return models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=to, **options)


def same(to, **options):
    return tenants.isolation.SameClientKey(on_delete=options.pop('on_delete', django.db.models.deletion.PROTECT), db_index=False, related_name='+', to=to, **options)


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0007_breakers'),
        ('campaigns', '0004_at_launch'),
        ('consent', '0010_heard'),
        ('tenants', '0006_front_desk'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField('message', 'campaign', same('campaigns.campaign', null=True)),
        migrations.AlterField('message', 'campaign_version', same('campaigns.campaignversion', null=True)),
        migrations.AlterField('message', 'step', same('campaigns.step', null=True)),
        migrations.AlterField('message', 'fingerprint', models.CharField(blank=True, max_length=64)),
        migrations.AddConstraint('message', models.CheckConstraint(
            condition=models.Q(('campaign__isnull', False), ('campaign_version__isnull', False), ('step__isnull', False))
            | models.Q(('campaign', None), ('campaign_version', None), ('purpose', 'care'), ('step', None)),
            name='of_a_step_or_an_answer',
        )),
        migrations.CreateModel(
            name='Answer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField()),
                ('words', tenants.encryption.EncryptedText(blank=True, help_text="As they go out, with the practice's name and the STOP line.")),
                ('emptied_at', models.DateTimeField(help_text='When the words were thrown away.', null=True)),
                ('written_at', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('client', key('tenants.client')),
                ('message', same('messaging.message', on_delete=django.db.models.deletion.CASCADE)),
                ('reply', same('messaging.inbound', help_text='What it answers.')),
                ('written_by', key(settings.AUTH_USER_MODEL)),
            ],
            options=OWNED | {'constraints': [
                models.UniqueConstraint(fields=('client', 'key'), name='answered_once'),
                models.UniqueConstraint(fields=('client', 'message'), name='one_answer_a_message'),
            ]},
        ),
        migrations.CreateModel(
            name='ReadyWords',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('words', models.TextField()),
                ('since', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('ended_at', models.DateTimeField(null=True)),
                ('client', key('tenants.client')),
                ('made_by', key(settings.AUTH_USER_MODEL)),
                ('owner', key(settings.AUTH_USER_MODEL, null=True)),
            ],
            options=OWNED | {'constraints': [
                models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('client', 'owner', 'name'), name='ready_words_once', nulls_distinct=False),
            ]},
        ),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('sms', 'Text message')], max_length=5)),
                ('since', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('ended_at', models.DateTimeField(null=True)),
                ('address', key('consent.address')),
                ('by', key(settings.AUTH_USER_MODEL)),
                ('client', key('tenants.client')),
                ('to', key(settings.AUTH_USER_MODEL)),
            ],
            options=OWNED | {
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('client', 'address'), name='assigned_once')],
                'indexes': [models.Index(condition=models.Q(('ended_at', None)), fields=['client', 'to'], name='assigned_to')],
            },
        ),
        Isolate("messaging", open_tables=("turn",), append_only=("certificate",)),
    ]
