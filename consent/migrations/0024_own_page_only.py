"""Only a yes given on the preference page itself ends a no, and never that of a texted STOP: that takes a START."""

from django.db import migrations

STANDS = """
CREATE OR REPLACE FUNCTION a_fresh_yes(consent bigint, client bigint, address bigint, after timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM consent_consentrecord
        WHERE id = consent AND client_id = client AND address_id = address AND since >= after AND ended_at IS NULL
            AND recorded_by_id IS NULL AND method = 'preferences')
$$;
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
        OR (NEW.channel = 'email'
            AND NEW.source IN ('one_click', 'preferences', 'keyword', 'free_text', 'import', 'staff', 'api')
            AND a_fresh_yes(NEW.lifted_by_consent, NEW.client_id, NEW.address_id, OLD.since))), false)
    THEN
        RAISE EXCEPTION 'an opt-out is lifted by the person only' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0023_promised_in_spanish")]

    operations = [migrations.RunSQL(STANDS, migrations.RunSQL.noop)]
