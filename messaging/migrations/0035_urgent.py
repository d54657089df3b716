"""What may be an emergency is marked as that beside the rule that decided the label: a no may be one too."""

from django.db import migrations, models

# Row-level security is laid aside for the one statement: until now only the rule said so.
BY_RULE = """
ALTER TABLE messaging_inbound NO FORCE ROW LEVEL SECURITY;
UPDATE messaging_inbound SET urgent = true WHERE rule = 'may be an emergency';
ALTER TABLE messaging_inbound FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0034_counts_of_months_and_wordings'),
    ]

    operations = [
        migrations.AddField(
            model_name='inbound',
            name='urgent',
            field=models.BooleanField(db_default=False, default=False, help_text='May be an emergency, whatever else it says.'),
        ),
        migrations.RunSQL(BY_RULE, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='inbound',
            index=models.Index(condition=models.Q(('handled_at', None), ('urgent', True)), fields=['client', '-id'], name='unread_urgent'),
        ),
    ]
