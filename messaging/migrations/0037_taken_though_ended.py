"""A message is handed over, should it show that the provider had taken an attempt, also after it ended otherwise: closed by a person,
or held, run out or refused when it was sent again."""

from django.db import migrations

DOOR = """
CREATE OR REPLACE FUNCTION refuse_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = OLD.status THEN
        RETURN NEW;
    END IF;
    IF (OLD.status, NEW.status) IN (
        ('queued', 'handing'), ('queued', 'held'), ('queued', 'expired'), ('queued', 'cancelled'),
        ('handing', 'accepted'), ('handing', 'refused'), ('handing', 'unknown'), ('handing', 'queued'),
        ('unknown', 'accepted'), ('unknown', 'refused'), ('unknown', 'unresolved'),
        ('unresolved', 'accepted'), ('unresolved', 'refused'), ('unresolved', 'queued'), ('unresolved', 'cancelled')
    ) OR ((OLD.status, NEW.status) IN (
        ('queued', 'accepted'), ('refused', 'accepted'), ('held', 'accepted'), ('expired', 'accepted'), ('cancelled', 'accepted')
    ) AND NEW.fence > 0) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a message does not go from % to %', OLD.status, NEW.status USING ERRCODE = 'restrict_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("messaging", "0036_handed_over_to_an_address")]
    operations = [migrations.RunSQL(DOOR, migrations.RunSQL.noop)]
