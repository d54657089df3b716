"""The third net; and the only ways a message may change its state (messaging.models.message.TRANSITIONS)."""
from django.db import migrations

from tenants.isolation import Isolate

DOOR = """
CREATE FUNCTION refuse_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = OLD.status THEN
        RETURN NEW;
    END IF;
    IF (OLD.status, NEW.status) IN (
        ('queued', 'handing'), ('queued', 'held'), ('queued', 'expired'), ('queued', 'cancelled'),
        ('handing', 'accepted'), ('handing', 'refused'), ('handing', 'unknown'), ('handing', 'queued'),
        ('unknown', 'accepted'), ('unknown', 'refused'), ('unknown', 'unresolved'),
        ('unresolved', 'accepted'), ('unresolved', 'refused'), ('unresolved', 'queued'), ('unresolved', 'cancelled')
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a message does not go from % to %', OLD.status, NEW.status USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER transitions BEFORE UPDATE OF status ON messaging_message FOR EACH ROW EXECUTE FUNCTION refuse_transition();
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON messaging_event FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial"), ("compliance", "0002_isolation")]
    operations = [Isolate("messaging"), migrations.RunSQL(DOOR, migrations.RunSQL.noop)]
