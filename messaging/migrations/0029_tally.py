"""How many messages there are of each kind is counted by triggers, so that no writer can forget to; those there are already are counted here."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from tenants.isolation import Isolate

KIND = "client_id, campaign, step, channel, provider, status, delivery, failed, quarter"
OF_A_MESSAGE = """client_id, campaign_id AS campaign, step_id AS step, channel, provider, status, delivery, failed,
            date_bin('15 minutes', claimed_at, '2000-01-01Z') AS quarter, segments"""


def counted(name, event, tables, changes):
    """A trigger that adds what a statement changed: a row a kind, none where nothing changed."""
    return f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO messaging_tally ({KIND}, number, segments)
    SELECT {KIND}, sum(n), sum(n * segments) FROM (
        {changes}
    ) AS changed
    GROUP BY {KIND} HAVING sum(n) <> 0 OR sum(n * segments) <> 0;
    RETURN NULL;
END $$;
CREATE TRIGGER {name} AFTER {event} ON messaging_message REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION {name}();
"""


MORE, FEWER = (f"SELECT {OF_A_MESSAGE}, {n} AS n FROM {table}" for n, table in ((1, "more"), (-1, "fewer")))
TRIGGERS = "".join([
    counted("tally_more", "INSERT", "NEW TABLE AS more", MORE),
    counted("tally_fewer", "DELETE", "OLD TABLE AS fewer", FEWER),
    counted("tally_changed", "UPDATE", "OLD TABLE AS fewer NEW TABLE AS more", f"{MORE} UNION ALL {FEWER}"),
])
# The owner sees no client's rows unless it says for which clients. The triggers stand already: until the commit nobody else writes.
THOSE_THERE_ARE = f"""
SELECT set_config('app.clients', (SELECT coalesce('{{' || string_agg(id::text, ',') || '}}', '') FROM tenants_client), true);
INSERT INTO messaging_tally ({KIND}, number, segments, joined)
SELECT {KIND}, count(*), sum(segments), true FROM (SELECT {OF_A_MESSAGE} FROM messaging_message) AS m GROUP BY {KIND};
SELECT set_config('app.clients', '', true);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0028_read_again'),
        ('tenants', '0022_keys_for_lists'),
    ]

    operations = [
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('campaign', models.BigIntegerField(null=True)),
                ('step', models.BigIntegerField(null=True)),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('sms', 'Text message')], max_length=5)),
                ('provider', models.CharField(max_length=10)),
                ('status', models.CharField(max_length=10)),
                ('delivery', models.CharField(blank=True, max_length=10)),
                ('failed', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('quarter', models.DateTimeField(help_text="The quarter of an hour of the hand-over: days and months of every zone's clock begin with one.", null=True)),
                ('number', models.IntegerField()),
                ('segments', models.IntegerField()),
                ('joined', models.BooleanField(db_default=False, default=False, help_text='Of many rows, by the round.')),
                ('client', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'indexes': [models.Index(fields=['client', 'campaign'], name='tally_of_campaign'), models.Index(fields=['client', 'quarter'], name='tally_of_time'), models.Index(condition=models.Q(('joined', False)), fields=['client'], name='tally_to_join')],
            },
        ),
        Isolate("messaging", open_tables=("turn",), append_only=("certificate",)),
        migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop),
        migrations.RunSQL(THOSE_THERE_ARE, migrations.RunSQL.noop),
    ]
