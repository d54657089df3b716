"""A reply holds its address, whoever has it by then; what a rule read wrongly out of a reply may be read again by a person."""

import django.db.models.deletion
import tenants.models.base
from django.conf import settings
from django.db import migrations, models

from tenants.isolation import Isolate

STANDS = """
CREATE OR REPLACE FUNCTION opt_out_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.client_id, NEW.address_id, NEW.channel, NEW.source, NEW.since)
        IS DISTINCT FROM (OLD.client_id, OLD.address_id, OLD.channel, OLD.source, OLD.since)
        OR (OLD.read_from IS NULL AND NEW.read_from IS NOT NULL)
        OR (OLD.ended_at IS NOT NULL AND (NEW.ended_at, NEW.lifted_by_reply, NEW.lifted_by_consent, NEW.read_from)
            IS DISTINCT FROM (OLD.ended_at, OLD.lifted_by_reply, OLD.lifted_by_consent, OLD.read_from))
    THEN
        RAISE EXCEPTION 'an opt-out is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL AND NOT coalesce(is_now(NEW.ended_at) AND (
        (NEW.lifted_by_reply IS NOT NULL AND NEW.source IN ('keyword', 'free_text', 'provider', 'preferences'))
        OR (NEW.lifted_by_reply = OLD.read_from AND NEW.source = 'wrong_number')
        OR (NEW.source IN ('one_click', 'preferences', 'keyword', 'free_text', 'import', 'staff', 'api')
            AND a_fresh_yes(NEW.lifted_by_consent, NEW.client_id, NEW.address_id, OLD.since))), false)
    THEN
        RAISE EXCEPTION 'an opt-out is lifted by the person only' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION unsafe_mark_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.address_id, NEW.reason, NEW.since) IS DISTINCT FROM (OLD.address_id, OLD.reason, OLD.since)
        OR (OLD.read_from IS NULL AND NEW.read_from IS NOT NULL)
        OR (OLD.ended_at IS NOT NULL AND (NEW.ended_at, NEW.lifted_by_reply, NEW.read_from)
            IS DISTINCT FROM (OLD.ended_at, OLD.lifted_by_reply, OLD.read_from))
        OR (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL AND NOT coalesce(
            is_now(NEW.ended_at) AND OLD.reason = 'wrong_number' AND NEW.lifted_by_reply = OLD.read_from, false))
    THEN
        RAISE EXCEPTION 'a mark is ended only by reading the one reply again that it was read from' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stands BEFORE UPDATE ON consent_unsafemark FOR EACH ROW EXECUTE FUNCTION unsafe_mark_stands();
CREATE TRIGGER kept_for_ever BEFORE DELETE ON consent_unsafemark FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0020_lifted_with_proof'),
        ('tenants', '0016_mail_choices'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='suppression',
            name='read_from',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='unsafemark',
            name='lifted_by_reply',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='unsafemark',
            name='read_from',
            field=models.BigIntegerField(null=True),
        ),
        migrations.CreateModel(
            name='AddressPause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=40)),
                ('since', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('ended_at', models.DateTimeField(null=True)),
                ('address', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consent.address')),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
                ('ended_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'indexes': [models.Index(fields=['client', 'address'], name='pauses_of_address')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('client', 'address', 'reason'), name='address_paused_once')],
            },
        ),
        Isolate(
            "consent", open_tables=("preferencelink", "signupform", "mailconfirmation"), append_only=("preferencelink",)
        ),
        migrations.RunSQL(STANDS, migrations.RunSQL.noop),
    ]
