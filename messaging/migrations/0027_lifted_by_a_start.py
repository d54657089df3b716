"""A reply lifts an opt-out only when it came from that address, said START, and came after it."""

from django.db import migrations

BY_START = """
CREATE FUNCTION lifted_by_a_start() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM messaging_inbound
        WHERE id = NEW.lifted_by_reply AND client_id = NEW.client_id AND address_id = NEW.address_id AND label = 'opt_in'
            AND received_at > OLD.since)
    THEN
        RAISE EXCEPTION 'an opt-out is lifted by the person only' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER lifted_by_a_start BEFORE UPDATE ON consent_suppression FOR EACH ROW
    WHEN (NEW.lifted_by_reply IS DISTINCT FROM OLD.lifted_by_reply) EXECUTE FUNCTION lifted_by_a_start();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0020_lifted_with_proof"),
        ("messaging", "0026_ledger_days"),
    ]

    operations = [migrations.RunSQL(BY_START, migrations.RunSQL.noop)]
