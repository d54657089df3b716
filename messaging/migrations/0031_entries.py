"""When each person entered the count of a campaign, and how many did, is kept by triggers; those there are already are counted here."""

import django.db.models.deletion
from django.db import migrations, models

from tenants.isolation import Isolate

WRITTEN = "status IN ('handing', 'accepted', 'refused', 'unknown', 'unresolved') AND claimed_at IS NOT NULL"
HELD_OUT = "status = 'held' AND failed = '{held_out}'::varchar[] AND settled_at IS NOT NULL"
# Of a message: whether it lets its person enter, as one held out or not, and when; `held` is null of any other.
MOMENT = f"""id, client_id, contact_id, campaign_id, CASE WHEN campaign_id IS NULL THEN NULL WHEN {WRITTEN} THEN false
        WHEN {HELD_OUT} THEN true END AS held, CASE WHEN status = 'held' THEN settled_at ELSE claimed_at END AS at"""
ENTRY = """client_id, contact_id, campaign_id, bool_and(held) AS held, coalesce(min(at) FILTER (WHERE NOT held), min(at)) AS at"""
INTO = "INSERT INTO messaging_entry (client_id, contact, campaign, held, at)"
PERSON = "GROUP BY client_id, contact_id, campaign_id ORDER BY contact_id, campaign_id"


def entered(rows):
    """Messages that were no moment before: the person enters, or enters earlier, or is not held out after all. Looks at no message."""
    return f"""
    {INTO} SELECT {ENTRY} FROM ({rows}) AS m {PERSON}
    ON CONFLICT (client_id, contact, campaign) DO UPDATE SET held = excluded.held, at = excluded.at
        WHERE (messaging_entry.held AND NOT excluded.held) OR (messaging_entry.held = excluded.held AND excluded.at < messaging_entry.at);"""


def asked_again(people):
    """A moment is gone or another one: the person is counted again from their messages. Whoever else writes to the same person's
    entry is waited for first, so that each statement after that sees what they wrote."""
    theirs = f"SELECT {MOMENT} FROM messaging_message AS m JOIN ({people}) AS p USING (client_id, contact_id, campaign_id)"
    return f"""
    PERFORM 1 FROM messaging_entry AS e JOIN ({people}) AS p ON (e.client_id, e.contact, e.campaign) = (p.client_id, p.contact_id, p.campaign_id)
        ORDER BY e.contact, e.campaign FOR UPDATE OF e;
    {INTO} SELECT {ENTRY} FROM ({theirs}) AS m WHERE held IS NOT NULL {PERSON}
    ON CONFLICT (client_id, contact, campaign) DO UPDATE SET held = excluded.held, at = excluded.at
        WHERE (messaging_entry.held, messaging_entry.at) <> (excluded.held, excluded.at);
    DELETE FROM messaging_entry AS e USING ({people}) AS p
        WHERE (e.client_id, e.contact, e.campaign) = (p.client_id, p.contact_id, p.campaign_id)
            AND NOT EXISTS (SELECT FROM ({theirs}) AS m WHERE (m.client_id, m.contact_id, m.campaign_id) = (e.client_id, e.contact, e.campaign) AND m.held IS NOT NULL);"""


def trigger(name, table, event, tables, body):
    return f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    some_new boolean;
    some_other boolean;
BEGIN{body}
    RETURN NULL;
END $$;
CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION {name}();
"""


BEFORE, NOW = (f"SELECT {MOMENT} FROM {table}" for table in ("fewer", "more"))
BOTH = f"({NOW}) AS n JOIN ({BEFORE}) AS o ON o.id = n.id"
OTHERWISE = "o.held IS NOT NULL AND (n.held, n.at, n.contact_id, n.campaign_id) IS DISTINCT FROM (o.held, o.at, o.contact_id, o.campaign_id)"
PEOPLE = " UNION ".join(f"SELECT {of}.client_id, {of}.contact_id, {of}.campaign_id FROM {BOTH} WHERE {OTHERWISE}" for of in "no")
# Asked once: most changes are of an outcome or a delivery, and nobody enters by those.
NEW = "o.held IS NULL AND n.held IS NOT NULL"
CHANGED = f"""
    SELECT bool_or({NEW}), bool_or({OTHERWISE}) INTO some_new, some_other FROM {BOTH};
    IF some_new THEN{entered(f"SELECT n.* FROM {BOTH} WHERE {NEW}")}
    END IF;
    IF some_other THEN{asked_again(PEOPLE)}
    END IF;"""
OF_MESSAGES = "".join([
    trigger("entries_more", "messaging_message", "INSERT", "NEW TABLE AS more", entered(f"SELECT * FROM ({NOW}) AS n WHERE held IS NOT NULL")),
    trigger("entries_fewer", "messaging_message", "DELETE", "OLD TABLE AS fewer",
            asked_again(f"SELECT DISTINCT client_id, contact_id, campaign_id FROM ({BEFORE}) AS o WHERE held IS NOT NULL")),
    trigger("entries_changed", "messaging_message", "UPDATE", "OLD TABLE AS fewer NEW TABLE AS more", CHANGED),
])
KIND = "client_id, campaign, held, quarter"
QUARTER = "client_id, campaign, held, date_bin('15 minutes', at, '2000-01-01Z') AS quarter"


def counted(rows):
    return f"""
    INSERT INTO messaging_entrytally ({KIND}, number) SELECT {KIND}, sum(n) FROM ({rows}) AS changed GROUP BY {KIND} HAVING sum(n) <> 0;"""


MORE, FEWER = f"SELECT {QUARTER}, 1 AS n FROM more", f"SELECT {QUARTER}, -1 AS n FROM fewer"
OF_ENTRIES = "".join([
    trigger("entries_tally_more", "messaging_entry", "INSERT", "NEW TABLE AS more", counted(MORE)),
    trigger("entries_tally_fewer", "messaging_entry", "DELETE", "OLD TABLE AS fewer", counted(FEWER)),
    trigger("entries_tally_changed", "messaging_entry", "UPDATE", "OLD TABLE AS fewer NEW TABLE AS more", counted(f"{MORE} UNION ALL {FEWER}")),
])
# As in 0029: until the commit nobody else writes a message.
THOSE_THERE_ARE = f"""
SELECT set_config('app.clients', (SELECT coalesce('{{' || string_agg(id::text, ',') || '}}', '') FROM tenants_client), true);
{INTO} SELECT {ENTRY} FROM (SELECT {MOMENT} FROM messaging_message) AS m WHERE held IS NOT NULL GROUP BY client_id, contact_id, campaign_id;
INSERT INTO messaging_entrytally ({KIND}, number, joined) SELECT {KIND}, count(*), true FROM (SELECT {QUARTER} FROM messaging_entry) AS e GROUP BY {KIND};
SELECT set_config('app.clients', '', true);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0030_unread_indexes'),
        ('tenants', '0022_keys_for_lists'),
    ]

    operations = [
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('contact', models.BigIntegerField()),
                ('campaign', models.BigIntegerField()),
                ('held', models.BooleanField(help_text='Nothing was handed over to them: they are held out.')),
                ('at', models.DateTimeField()),
                ('client', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('client', 'contact', 'campaign'), name='entered_once')],
            },
        ),
        migrations.CreateModel(
            name='EntryTally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('campaign', models.BigIntegerField()),
                ('held', models.BooleanField()),
                ('quarter', models.DateTimeField()),
                ('number', models.IntegerField()),
                ('joined', models.BooleanField(db_default=False, default=False, help_text='Of many rows, by the round.')),
                ('client', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'indexes': [models.Index(fields=['client', 'campaign'], name='entries_of_campaign'), models.Index(condition=models.Q(('joined', False)), fields=['client'], name='entries_to_join')],
            },
        ),
        Isolate("messaging", open_tables=("turn",), append_only=("certificate",)),
        migrations.RunSQL(OF_MESSAGES, migrations.RunSQL.noop),
        migrations.RunSQL(THOSE_THERE_ARE, migrations.RunSQL.noop),
        migrations.RunSQL(OF_ENTRIES, migrations.RunSQL.noop),
    ]
