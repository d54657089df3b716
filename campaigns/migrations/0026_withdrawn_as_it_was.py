"""The browser of a signature is never changed, nor who withdrew it and why."""

from django.db import migrations

HELD = """
CREATE OR REPLACE FUNCTION refuse_resigning() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR ROW(NEW.id, NEW.client_id, NEW.campaign_id, NEW.version_id, NEW.request_id, NEW.count_id, NEW.fingerprint,
            NEW.signed_by_id, NEW.drafted_by_id, NEW.delegation_id, NEW.adds_to_id, NEW.role, NEW.typed_name, NEW.title, NEW.statement,
            NEW.statement_version, NEW.second_factor, NEW.since, NEW.expires_at, NEW.ip)
        IS DISTINCT FROM ROW(OLD.id, OLD.client_id, OLD.campaign_id, OLD.version_id, OLD.request_id, OLD.count_id, OLD.fingerprint,
            OLD.signed_by_id, OLD.drafted_by_id, OLD.delegation_id, OLD.adds_to_id, OLD.role, OLD.typed_name, OLD.title, OLD.statement,
            OLD.statement_version, OLD.second_factor, OLD.since, OLD.expires_at, OLD.ip)
        -- Encrypted: the same text is another value under another key, which only the rotation of keys may write.
        OR (NEW.browser IS DISTINCT FROM OLD.browser AND current_setting('app.rewrapping', true) IS DISTINCT FROM 'on')
        OR (OLD.ended_at IS NOT NULL AND ROW(NEW.ended_at, NEW.ended_by_id, NEW.ended_because)
            IS DISTINCT FROM ROW(OLD.ended_at, OLD.ended_by_id, OLD.ended_because))
        OR (NEW.ended_at IS NULL AND (NEW.ended_by_id IS NOT NULL OR NEW.ended_because <> '')) THEN
        RAISE EXCEPTION 'an approval is withdrawn, never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0025_links_opened_inside'),
    ]

    operations = [migrations.RunSQL(HELD, migrations.RunSQL.noop)]
