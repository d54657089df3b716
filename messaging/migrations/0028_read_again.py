"""A wrong number that a rule read out of a reply ends only when a member has read that reply again; a START counts from when it was sent."""

from django.db import migrations, models

READ_AGAIN = """
CREATE OR REPLACE FUNCTION lifted_by_a_start() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM messaging_inbound
        WHERE id = NEW.lifted_by_reply AND client_id = NEW.client_id AND address_id = NEW.address_id
            AND CASE NEW.source WHEN 'wrong_number' THEN rule = 'read again: no wrong number' AND handled_by_id IS NOT NULL
                ELSE label = 'opt_in' AND coalesce(sent_at, received_at) > OLD.since END)
    THEN
        RAISE EXCEPTION 'an opt-out is lifted by the person only' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION mark_read_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM messaging_inbound
        WHERE id = NEW.lifted_by_reply AND address_id = NEW.address_id AND rule = 'read again: no wrong number'
            AND handled_by_id IS NOT NULL)
    THEN
        RAISE EXCEPTION 'a mark is ended only by reading the one reply again that it was read from' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER mark_read_again BEFORE UPDATE ON consent_unsafemark FOR EACH ROW
    WHEN (NEW.lifted_by_reply IS DISTINCT FROM OLD.lifted_by_reply) EXECUTE FUNCTION mark_read_again();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0021_read_first'),
        ('messaging', '0027_lifted_by_a_start'),
    ]

    operations = [
        migrations.AddField(
            model_name='inbound',
            name='sent_at',
            field=models.DateTimeField(help_text="The provider's time, where it tells one.", null=True),
        ),
        migrations.RunSQL(READ_AGAIN, migrations.RunSQL.noop),
    ]
