"""A day that could not be compared is a row too; who listens to alerts is told of it, and of messages we know nothing of, once."""

from importlib import import_module

import django.contrib.postgres.fields
from django.db import migrations, models

told, CHANGED = (
    getattr(import_module("messaging.migrations.0009_listeners"), name) for name in ("told", "CHANGED")
)
DATA = "'ledger', n.id, 'day', n.day, 'provider', n.provider, 'unknown', n.unknown, 'trouble', n.trouble"
TRIGGERS = told(
    "tell_ledger", "messaging_ledgercheck", "INSERT", "alert", DATA, where="WHERE n.unknown > 0 OR n.trouble <> ''"
) + told(
    "tell_ledger_late", "messaging_ledgercheck", "UPDATE", "alert", DATA, CHANGED, "WHERE n.unknown > o.unknown"
)


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0025_trips_without_a_stop'),
    ]

    operations = [
        migrations.AddField(
            model_name='ledgercheck',
            name='trouble',
            field=models.CharField(blank=True, help_text='Why it could not be compared the day after, a code; it is tried for a week.', max_length=40),
        ),
        migrations.AddField(
            model_name='ledgercheck',
            name='unknown',
            field=models.PositiveIntegerField(default=0, help_text='How many there are of those.'),
        ),
        migrations.AlterField(
            model_name='ledgercheck',
            name='missing',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), help_text="The provider's ids that no attempt of ours has, a hundred at most.", size=None),
        ),
        migrations.AlterField(
            model_name='listener',
            name='kinds',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('opt_out', 'Somebody opted out, or came back'), ('reply', 'Somebody wrote'), ('status', 'What became of a message'), ('approval', 'An approval was asked for, given, refused or withdrawn'), ('alert', 'Too much went wrong, or a provider sent what we know nothing of')], max_length=10), size=None),
        ),
        migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop),
    ]
