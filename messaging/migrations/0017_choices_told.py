"""Who listens to opt-outs is told of those of one kind of messages too, and of coming back."""

from importlib import import_module

from django.db import migrations

told, CHANGED = (
    getattr(import_module("messaging.migrations.0009_listeners"), name) for name in ("told", "CHANGED")
)
CHOICE = "'opt_out', NULL, 'choice', n.id, 'state', '{state}', 'channel', n.channel, 'source', 'preferences', 'purpose', n.purpose"
TRIGGERS = told(
    "tell_choice", "consent_purposeoptout", "INSERT", "opt_out", CHOICE.format(state="made")
) + told(
    "tell_choice_back",
    "consent_purposeoptout",
    "UPDATE",
    "opt_out",
    CHOICE.format(state="lifted"),
    CHANGED,
    "WHERE o.ended_at IS NULL AND n.ended_at IS NOT NULL",
)


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0016_inbox_indexes"),
        ("consent", "0014_purpose_opt_outs"),
    ]

    operations = [migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop)]
