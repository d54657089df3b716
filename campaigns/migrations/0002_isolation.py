"""The third net; what was signed stays as it was signed."""
from django.db import migrations

from tenants.isolation import Isolate

SIGNED = """
CREATE FUNCTION refuse_resigning() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR ROW(NEW.id, NEW.client_id, NEW.campaign_id, NEW.version_id, NEW.request_id, NEW.count_id, NEW.fingerprint,
            NEW.signed_by_id, NEW.drafted_by_id, NEW.role, NEW.typed_name, NEW.title, NEW.statement, NEW.statement_version,
            NEW.second_factor, NEW.since, NEW.expires_at, NEW.ip)
        IS DISTINCT FROM ROW(OLD.id, OLD.client_id, OLD.campaign_id, OLD.version_id, OLD.request_id, OLD.count_id, OLD.fingerprint,
            OLD.signed_by_id, OLD.drafted_by_id, OLD.role, OLD.typed_name, OLD.title, OLD.statement, OLD.statement_version,
            OLD.second_factor, OLD.since, OLD.expires_at, OLD.ip)
        OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at) THEN
        RAISE EXCEPTION 'an approval is withdrawn, never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER signed BEFORE UPDATE OR DELETE ON campaigns_approval FOR EACH ROW EXECUTE FUNCTION refuse_resigning();
CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON campaigns_campaignversion FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_initial"), ("consent", "0002_isolation")]
    operations = [Isolate("campaigns"), migrations.RunSQL(SIGNED, migrations.RunSQL.noop)]
