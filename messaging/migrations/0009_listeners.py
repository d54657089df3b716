"""A client's other systems are told what happens: queued by triggers, so that no way of doing it forgets to tell."""

import django.contrib.postgres.fields
import django.db.models.deletion
import tenants.encryption
import tenants.isolation
import tenants.models.base
import uuid
from django.conf import settings
from django.db import migrations, models

from tenants.isolation import Isolate

# One statement a change of any size, and next to nothing where nobody listens. A transition table cannot be asked for
# certain columns only, so what did not change is left out inside.
LISTENERS = """messaging_listener l ON l.client_id = n.client_id AND l.ended_at IS NULL AND l.off_at IS NULL AND l.kinds @> ARRAY['{kind}']::varchar[]"""
INTO = "INSERT INTO messaging_totell (client_id, listener_id, kind, data) SELECT n.client_id, l.id, '{kind}', jsonb_build_object({data}) FROM "


def told(name, table, event, kind, data, of="n", where=""):
    """A trigger on `table` that queues `data` for whoever listens to `kind`."""
    join = f"{of} JOIN {LISTENERS.format(kind=kind)}"
    tables = {"INSERT": "NEW TABLE AS n", "UPDATE": "OLD TABLE AS o NEW TABLE AS n"}[event]
    return f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {INTO.format(kind=kind, data=data)} {join} {where} ORDER BY n.id;
    RETURN NULL;
END $$;
CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION {name}();
"""


CHANGED = "n JOIN o ON o.id = n.id"
OPT_OUT = "'opt_out', n.id, 'state', '{state}', 'channel', n.channel, 'source', n.source"
APPROVAL = "'request', n.id, 'campaign', n.campaign_id, 'version', n.version_id, 'state', {state}"
TRIGGERS = "".join([
    told("tell_opt_out", "consent_suppression", "INSERT", "opt_out", OPT_OUT.format(state="made")),
    told("tell_return", "consent_suppression", "UPDATE", "opt_out", OPT_OUT.format(state="lifted"), CHANGED,
         "WHERE o.ended_at IS NULL AND n.ended_at IS NOT NULL"),
    told("tell_reply", "messaging_inbound", "INSERT", "reply",
         "'reply', n.id, 'channel', n.channel, 'contact', n.contact_id, 'message', n.message_id"),
    told("tell_status", "messaging_message", "UPDATE", "status",
         "'message', n.id, 'campaign', n.campaign_id, 'contact', n.contact_id, 'channel', n.channel, 'status', n.status, 'delivery', n.delivery",
         CHANGED, "WHERE (n.status, n.delivery) IS DISTINCT FROM (o.status, o.delivery) AND n.status NOT IN ('queued', 'handing')"),
    told("tell_request", "campaigns_approvalrequest", "INSERT", "approval", APPROVAL.format(state="'asked'")),
    told("tell_outcome", "campaigns_approvalrequest", "UPDATE", "approval", APPROVAL.format(state="n.outcome"), CHANGED,
         "WHERE o.closed_at IS NULL AND n.closed_at IS NOT NULL"),
    told("tell_withdrawal", "campaigns_approval", "UPDATE", "approval",
         "'request', n.request_id, 'campaign', n.campaign_id, 'version', n.version_id, 'state', 'taken_back'", CHANGED,
         "WHERE o.ended_at IS NULL AND n.ended_at IS NOT NULL"),
    told("tell_alert", "messaging_trip", "INSERT", "alert",
         "'stop', n.stop_id, 'campaign', n.campaign_id, 'measure', n.measure, 'scope', n.scope"),
])


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0008_answers'),
        ('tenants', '0009_emergency'),
        ('consent', '0012_sign_up'),
        ('campaigns', '0007_comments'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Listener',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='The system that listens.', max_length=80)),
                ('url', tenants.encryption.EncryptedText()),
                ('secret', tenants.encryption.EncryptedText(help_text='What its requests are signed with; shown once.')),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('opt_out', 'Somebody opted out, or came back'), ('reply', 'Somebody wrote'), ('status', 'What became of a message'), ('approval', 'An approval was asked for, given, refused or withdrawn'), ('alert', 'Sending was paused because too much went wrong')], max_length=10), size=None)),
                ('made_at', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('ended_at', models.DateTimeField(null=True)),
                ('failing_since', models.DateTimeField(help_text='The first failure since the last success.', null=True)),
                ('off_at', models.DateTimeField(help_text='When it was switched off for failing too long.', null=True)),
                ('told_off_at', models.DateTimeField(help_text='When the agency was mailed about it.', null=True)),
                ('next_at', models.DateTimeField(db_default=tenants.models.base.ClockNow(), help_text='Not tried before.')),
                ('leased_until', models.DateTimeField(help_text='A worker is at it.', null=True)),
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
            name='Telling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, help_text='The same however often it is tried.')),
                ('events', models.JSONField()),
                ('made_at', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('tried_at', models.DateTimeField(null=True)),
                ('answer', models.PositiveSmallIntegerField(help_text='The last HTTP status.', null=True)),
                ('trouble', models.CharField(blank=True, help_text='Why there was no answer.', max_length=20)),
                ('took_ms', models.PositiveIntegerField(null=True)),
                ('taken_at', models.DateTimeField(null=True)),
                ('given_up_at', models.DateTimeField(null=True)),
                ('again', tenants.isolation.SameClientKey(db_index=False, help_text='Which one it repeats.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='messaging.telling')),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
                ('listener', tenants.isolation.SameClientKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='messaging.listener')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='ToTell',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=10)),
                ('data', models.JSONField(help_text='Ids and words of ours; nothing personal.')),
                ('at', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
                ('listener', tenants.isolation.SameClientKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='messaging.listener')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.AddIndex(
            model_name='listener',
            index=models.Index(condition=models.Q(('ended_at', None), ('off_at', None)), fields=['client', 'next_at'], name='listening'),
        ),
        migrations.AddIndex(
            model_name='telling',
            index=models.Index(fields=['client', 'listener', '-id'], name='tellings_of_listener'),
        ),
        migrations.AddIndex(
            model_name='telling',
            index=models.Index(condition=models.Q(('given_up_at', None), ('taken_at', None)), fields=['client', 'listener', 'id'], name='telling_open'),
        ),
        migrations.AddConstraint(
            model_name='telling',
            constraint=models.UniqueConstraint(fields=('client', 'uid'), name='telling_once'),
        ),
        migrations.AddIndex(
            model_name='totell',
            index=models.Index(fields=['client', 'listener', 'id'], name='to_tell'),
        ),
        Isolate('messaging', open_tables=('turn',), append_only=('certificate',)),
        migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop),
    ]
