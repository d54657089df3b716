"""The number that a wording promises is read in Spanish too, and of “text messages” in two words. Every consent is read anew."""

from django.db import migrations

EXPRESSION = (
    r"(COALESCE(substring(wording from '(?i)(?:up to|hasta) (\d{1,2})(?: \w+){0,3}"
    r"(?: ?(?:an?|per|each|every|al|por|cada|/) ?m(?:o|es\M)| ?mensual)')::integer,"
    r" 4 * substring(wording from '(?i)(?:up to|hasta) (\d{1,2})(?: \w+){0,3}"
    r"(?: ?(?:an?|per|each|every|a la|por|cada|/) ?(?:we?e?k|semana)| ?semanal)')::integer))"
)


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0022_yes_that_ends'),
    ]

    operations = [
        migrations.RunSQL(
            f"ALTER TABLE consent_consentrecord ALTER COLUMN promised_a_month SET EXPRESSION AS {EXPRESSION}", migrations.RunSQL.noop
        ),
    ]
