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
-- Nobody signs but the client's own compliance contact: whoever holds an agency's role cannot, whatever the row claims.
CREATE FUNCTION refuse_strangers_pen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM tenants_membership m JOIN tenants_user u ON u.id = m.user_id WHERE m.user_id = NEW.signed_by_id
            AND m.client_id = NEW.client_id AND m.role = 'approver' AND m.ended_at IS NULL AND u.is_active)
        OR EXISTS (SELECT FROM tenants_membership m JOIN tenants_client c ON c.agency_id = m.agency_id
            WHERE m.user_id = NEW.signed_by_id AND c.id = NEW.client_id AND m.ended_at IS NULL) THEN
        RAISE EXCEPTION 'only the client''s compliance contact signs' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (SELECT FROM campaigns_campaignversion v WHERE v.id = NEW.version_id AND v.client_id = NEW.client_id
            AND v.campaign_id = NEW.campaign_id AND v.fingerprint = NEW.fingerprint) THEN
        RAISE EXCEPTION 'an approval carries the fingerprint of the version it was given for' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER own_pen BEFORE INSERT ON campaigns_approval FOR EACH ROW EXECUTE FUNCTION refuse_strangers_pen();
CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON campaigns_campaignversion FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_initial"), ("consent", "0002_isolation")]
    operations = [Isolate("campaigns", open_tables=("reviewlink",)), migrations.RunSQL(SIGNED, migrations.RunSQL.noop)]
