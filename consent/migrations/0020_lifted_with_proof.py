"""An opt-out is never changed, and ends only now and with its proof; the proof of a reply is looked at by messaging's own trigger."""

from django.conf import settings
from django.db import migrations, models

# Row-level security is laid aside for the one statement: what was lifted before proofs were kept names no reply.
OLD_ONES = """
ALTER TABLE consent_suppression NO FORCE ROW LEVEL SECURITY;
ALTER TABLE consent_purposeoptout NO FORCE ROW LEVEL SECURITY;
UPDATE consent_suppression SET lifted_by_reply = 0 WHERE ended_at IS NOT NULL;
UPDATE consent_purposeoptout SET lifted_by_consent = 0 WHERE ended_at IS NOT NULL;
ALTER TABLE consent_suppression FORCE ROW LEVEL SECURITY;
ALTER TABLE consent_purposeoptout FORCE ROW LEVEL SECURITY;
"""

STANDS = """
CREATE FUNCTION a_fresh_yes(consent bigint, client bigint, address bigint, after timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM consent_consentrecord
        WHERE id = consent AND client_id = client AND address_id = address AND since >= after AND ended_at IS NULL
            AND recorded_by_id IS NULL AND method = 'web_form')
$$;
CREATE FUNCTION is_now(said timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT said BETWEEN transaction_timestamp() - interval '1 minute' AND clock_timestamp()
$$;
CREATE FUNCTION opt_out_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.client_id, NEW.address_id, NEW.channel, NEW.source, NEW.since)
        IS DISTINCT FROM (OLD.client_id, OLD.address_id, OLD.channel, OLD.source, OLD.since)
        OR (OLD.ended_at IS NOT NULL AND (NEW.ended_at, NEW.lifted_by_reply, NEW.lifted_by_consent)
            IS DISTINCT FROM (OLD.ended_at, OLD.lifted_by_reply, OLD.lifted_by_consent))
    THEN
        RAISE EXCEPTION 'an opt-out is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL AND NOT coalesce(is_now(NEW.ended_at) AND (
        (NEW.lifted_by_reply IS NOT NULL AND NEW.source IN ('keyword', 'free_text', 'provider', 'preferences'))
        OR (NEW.source IN ('one_click', 'preferences', 'keyword', 'free_text', 'import', 'staff', 'api')
            AND a_fresh_yes(NEW.lifted_by_consent, NEW.client_id, NEW.address_id, OLD.since))), false)
    THEN
        RAISE EXCEPTION 'an opt-out is lifted by the person only' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stands BEFORE UPDATE ON consent_suppression FOR EACH ROW EXECUTE FUNCTION opt_out_stands();
CREATE FUNCTION purpose_opt_out_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.client_id, NEW.address_id, NEW.channel, NEW.purpose, NEW.since)
        IS DISTINCT FROM (OLD.client_id, OLD.address_id, OLD.channel, OLD.purpose, OLD.since)
        OR (OLD.ended_at IS NOT NULL AND (NEW.ended_at, NEW.lifted_by_consent) IS DISTINCT FROM (OLD.ended_at, OLD.lifted_by_consent))
    THEN
        RAISE EXCEPTION 'an opt-out is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL AND NOT coalesce(
        is_now(NEW.ended_at) AND a_fresh_yes(NEW.lifted_by_consent, NEW.client_id, NEW.address_id, OLD.since), false)
    THEN
        RAISE EXCEPTION 'an opt-out is lifted by the person only' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stands BEFORE UPDATE ON consent_purposeoptout FOR EACH ROW EXECUTE FUNCTION purpose_opt_out_stands();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0019_spanish_words'),
        ('tenants', '0016_mail_choices'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='purposeoptout',
            name='lifted_by_consent',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='suppression',
            name='lifted_by_consent',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='suppression',
            name='lifted_by_reply',
            field=models.BigIntegerField(null=True),
        ),
        migrations.RunSQL(OLD_ONES, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='purposeoptout',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('lifted_by_consent', None)), models.Q(('ended_at__isnull', False), ('lifted_by_consent__isnull', False)), _connector='OR'), name='purpose_lifted_with_proof'),
        ),
        migrations.AddConstraint(
            model_name='suppression',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('lifted_by_consent', None), ('lifted_by_reply', None)), models.Q(('ended_at__isnull', False), ('lifted_by_consent', None), ('lifted_by_reply__isnull', False)), models.Q(('ended_at__isnull', False), ('lifted_by_consent__isnull', False), ('lifted_by_reply', None)), _connector='OR'), name='lifted_with_proof'),
        ),
        migrations.RunSQL(STANDS, migrations.RunSQL.noop),
    ]
