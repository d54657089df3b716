"""Whether a consent says what the person asked to have; nobody adds that afterwards."""

from django.db import migrations, models

ONLY_WEAKENS = """
CREATE OR REPLACE FUNCTION consent_only_weakens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.client_id, NEW.contact_id, NEW.address_id, NEW.channel, NEW.method)
        IS DISTINCT FROM (OLD.client_id, OLD.contact_id, OLD.address_id, OLD.channel, OLD.method)
        OR array_position(ARRAY['number_given', 'verbal', 'written'], NEW.tier::text)
            > array_position(ARRAY['number_given', 'verbal', 'written'], OLD.tier::text)
        OR array_position(ARRAY['care', 'recall', 'marketing'], NEW.purpose::text)
            > array_position(ARRAY['care', 'recall', 'marketing'], OLD.purpose::text)
        OR NEW.since > OLD.since OR NEW.requested > OLD.requested
        OR (NEW.wording <> OLD.wording AND NEW.wording <> '')
        OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at)
        OR (OLD.expires_at IS NOT NULL AND (NEW.expires_at IS NULL OR NEW.expires_at > OLD.expires_at))
    THEN
        RAISE EXCEPTION 'a consent is revoked or recorded anew, never strengthened' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0024_own_page_only'),
    ]

    operations = [
        migrations.AddField(
            model_name='consentrecord',
            name='requested',
            field=models.BooleanField(db_default=False, default=False, help_text='It says what they asked to have.'),
        ),
        migrations.RunSQL(ONLY_WEAKENS, migrations.RunSQL.noop),
    ]
