"""What kept a consent from a higher tier; a consent that nobody strengthens, moves or takes back into force."""

import django.contrib.postgres.fields
from django.db import migrations, models

ONLY_WEAKENS = """
CREATE FUNCTION consent_only_weakens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.client_id, NEW.contact_id, NEW.address_id, NEW.channel, NEW.method)
        IS DISTINCT FROM (OLD.client_id, OLD.contact_id, OLD.address_id, OLD.channel, OLD.method)
        OR array_position(ARRAY['number_given', 'verbal', 'written'], NEW.tier::text)
            > array_position(ARRAY['number_given', 'verbal', 'written'], OLD.tier::text)
        OR array_position(ARRAY['care', 'recall', 'marketing'], NEW.purpose::text)
            > array_position(ARRAY['care', 'recall', 'marketing'], OLD.purpose::text)
        OR NEW.since > OLD.since
        OR (NEW.wording <> OLD.wording AND NEW.wording <> '')
        OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at)
        OR (OLD.expires_at IS NOT NULL AND (NEW.expires_at IS NULL OR NEW.expires_at > OLD.expires_at))
    THEN
        RAISE EXCEPTION 'a consent is revoked or recorded anew, never strengthened' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER only_weakens BEFORE UPDATE ON consent_consentrecord FOR EACH ROW EXECUTE FUNCTION consent_only_weakens();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0005_promises'),
    ]

    operations = [
        migrations.AddField(
            model_name='consentrecord',
            name='missing',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), db_default=[], default=list, help_text='What kept it from a higher tier.', size=None),
        ),
        migrations.AlterField(
            model_name='consentrecord',
            name='method',
            field=models.CharField(choices=[('imported', 'Imported, unproven'), ('web_form', 'Web form'), ('phone', 'On the phone'), ('voice_agent', 'To a voice agent'), ('paper', 'On paper'), ('keyword', 'Keyword text'), ('preferences', 'Preference page')], max_length=12),
        ),
        migrations.AlterField(
            model_name='suppression',
            name='source',
            field=models.CharField(choices=[('keyword', 'Replied with a stop word'), ('free_text', 'Asked in their own words'), ('one_click', 'Unsubscribed in the mail program'), ('preferences', 'Unsubscribed on the page'), ('complaint', 'Reported as spam'), ('hard_bounce', 'The mail address does not exist'), ('provider', 'Already opted out at the provider'), ('wrong_number', 'Wrong number'), ('import', 'A no in an imported list'), ('staff', 'Entered by a member'), ('api', 'Told by the practice’s own system'), ('legal', 'Legal hold')], max_length=12),
        ),
        migrations.RunSQL(ONLY_WEAKENS, migrations.RunSQL.noop),
    ]
