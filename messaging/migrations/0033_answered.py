"""Which messages were answered is kept by triggers beside what a report groups by; those answered already are kept here."""

import django.db.models.deletion
from django.db import migrations, models

from tenants.isolation import Isolate

COLUMNS = "client_id, reply, message, campaign, step, wording, contact"
# What of a reply, and what of a message, decides.
OF_A_REPLY, OF_A_MESSAGE = "{0}.message_id, {0}.label", "{0}.campaign_id, {0}.step_id, {0}.wording, {0}.contact_id"


def differ(of):
    return f"({of.format('n')}) IS DISTINCT FROM ({of.format('o')})"


def answers(replies):
    return f"""
    INSERT INTO messaging_answered ({COLUMNS})
    SELECT i.client_id, i.id, m.id, {OF_A_MESSAGE.format('m')}
    FROM {replies} AS i JOIN messaging_message AS m ON m.client_id = i.client_id AND m.id = i.message_id
    WHERE i.label IN ('unsure', 'other') AND m.campaign_id IS NOT NULL;"""


def answers_now(replies):
    """Whoever moves the message to another person at this instant is waited for, so that the next statement sees where to; and waits
    for us."""
    return f"""
    PERFORM 1 FROM messaging_message AS m JOIN {replies} AS i ON m.client_id = i.client_id AND m.id = i.message_id
        ORDER BY m.id FOR KEY SHARE OF m;{answers(replies)}"""


def trigger(name, table, event, tables, body):
    return f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN{body}
    RETURN NULL;
END $$;
CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION {name}();
"""


GONE = """
    DELETE FROM messaging_answered AS a USING {0} AS o WHERE (a.client_id, a.message, a.reply) = (o.client_id, o.message_id, o.id);"""
BOTH = "more AS n JOIN fewer AS o ON o.id = n.id"
TRIGGERS = "".join([
    trigger("answered_more", "messaging_inbound", "INSERT", "NEW TABLE AS more", answers_now("more")),
    trigger("answered_fewer", "messaging_inbound", "DELETE", "OLD TABLE AS fewer", GONE.format("fewer")),
    trigger("answered_changed", "messaging_inbound", "UPDATE", "OLD TABLE AS fewer NEW TABLE AS more", f"""
    IF EXISTS (SELECT FROM {BOTH} WHERE {differ(OF_A_REPLY)}) THEN{
        GONE.format(f"(SELECT o.* FROM {BOTH} WHERE {differ(OF_A_REPLY)})")}{
        answers_now(f"(SELECT n.* FROM {BOTH} WHERE {differ(OF_A_REPLY)})")}
    END IF;"""),
    # Nobody answers what was never handed over, so a first hand-over, which sets the wording, need not wait for replies.
    trigger("answered_moved", "messaging_message", "UPDATE", "OLD TABLE AS fewer NEW TABLE AS more", f"""
    IF EXISTS (SELECT FROM {BOTH} WHERE {differ(OF_A_MESSAGE)}) THEN
        PERFORM 1 FROM messaging_message AS m JOIN (SELECT n.client_id, n.id FROM {BOTH} WHERE {differ(OF_A_MESSAGE)} AND o.claimed_at IS NOT NULL) AS c
            ON (c.client_id, c.id) = (m.client_id, m.id) ORDER BY m.id FOR UPDATE OF m;
        UPDATE messaging_answered AS a SET campaign = c.campaign_id, step = c.step_id, wording = c.wording, contact = c.contact_id
        FROM (SELECT n.* FROM {BOTH} WHERE {differ(OF_A_MESSAGE)}) AS c WHERE (a.client_id, a.message) = (c.client_id, c.id);
    END IF;"""),
])
# As in 0029: until the commit nobody else writes a reply or a message.
THOSE_THERE_ARE = f"""
SELECT set_config('app.clients', (SELECT coalesce('{{' || string_agg(id::text, ',') || '}}', '') FROM tenants_client), true);
{answers("messaging_inbound")}
SELECT set_config('app.clients', '', true);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0032_tabs_by_index'),
        ('tenants', '0022_keys_for_lists'),
    ]

    operations = [
        migrations.CreateModel(
            name='Answered',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reply', models.BigIntegerField()),
                ('message', models.BigIntegerField()),
                ('campaign', models.BigIntegerField()),
                ('step', models.BigIntegerField()),
                ('wording', models.CharField(blank=True, max_length=1)),
                ('contact', models.BigIntegerField()),
                ('client', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'indexes': [models.Index(fields=['client', 'campaign'], include=['step', 'wording', 'message', 'contact'], name='answered_of_campaign')],
                'constraints': [models.UniqueConstraint(fields=('client', 'message', 'reply'), name='answered_by_a_reply')],
            },
        ),
        Isolate("messaging", open_tables=("turn",), append_only=("certificate",)),
        migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop),
        migrations.RunSQL(THOSE_THERE_ARE, migrations.RunSQL.noop),
    ]
