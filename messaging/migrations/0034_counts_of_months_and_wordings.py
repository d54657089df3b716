"""Who was written to in a month, and who read which of two wordings, is kept by the triggers that keep who entered a campaign's count."""

from django.db import migrations, models

WRITTEN = "status IN ('handing', 'accepted', 'refused', 'unknown', 'unresolved') AND claimed_at IS NOT NULL"
HELD_OUT = "status = 'held' AND failed = '{held_out}'::varchar[] AND settled_at IS NOT NULL"
# Of a message: whether it lets its person enter, as one held out or not, and when; `held` is null of any other.
MOMENT = f"""id, client_id, contact_id, campaign_id, step_id, wording, CASE WHEN campaign_id IS NULL THEN NULL WHEN {WRITTEN} THEN false
        WHEN {HELD_OUT} THEN true END AS held, CASE WHEN status = 'held' THEN settled_at ELSE claimed_at END AS at"""
COUNT = "client_id, contact, campaign, step, wording, month"
IN_ORDER = "contact, campaign, step, wording, month"


def of_e(names):
    return ", ".join(f"e.{name}" for name in names.split(", "))


def month(at, zone):
    return f"to_char({at} AT TIME ZONE {zone}, 'YYYYMM')::int"


def counts(moments):
    """Each count that a moment lets its person enter: its campaign's, that of its wording, that of its month by the client's clock."""
    return f"""
        SELECT m.client_id, m.contact_id AS contact, c.campaign, c.step, c.wording, c.month, m.held, m.at
        FROM ({moments}) AS m JOIN tenants_client AS k ON k.id = m.client_id CROSS JOIN LATERAL (VALUES
            (m.campaign_id, 0, '', 0), (m.campaign_id, m.step_id, m.wording, 0), (0, 0, '', {month("m.at", "k.time_zone")})
        ) AS c(campaign, step, wording, month)
        WHERE m.held IS NOT NULL AND (c.step = 0 OR c.wording IN ('a', 'b')) AND (NOT m.held OR (c.step = 0 AND c.month = 0))"""


def entries(moments):
    return f"""
    INSERT INTO messaging_entry ({COUNT}, held, at)
    SELECT {COUNT}, bool_and(held), coalesce(min(at) FILTER (WHERE NOT held), min(at)) FROM ({counts(moments)}) AS moments
    GROUP BY {COUNT} ORDER BY {IN_ORDER}"""


def clock_of(rows):
    """Nobody sets the client's clock before we are done, and we read no clock that somebody is setting: a lock of its own, because
    the client's row would be written to by every wave."""
    return f"""
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('clock', client_id)) FROM (SELECT DISTINCT client_id FROM {rows}) AS c;"""


def entered(rows, moments):
    """Messages that were no moment before: the person enters, or enters earlier, or is not held out after all. Looks at no message."""
    return f"""{clock_of(rows)}{entries(moments)}
    ON CONFLICT ({COUNT}) DO UPDATE SET held = excluded.held, at = excluded.at
        WHERE (messaging_entry.held AND NOT excluded.held) OR (messaging_entry.held = excluded.held AND excluded.at < messaging_entry.at);"""


def asked_again(people):
    """A moment is gone or another one: the person is counted again from all their messages. Whoever else writes to the same
    person's entries is waited for first, so that each statement after that sees what they wrote."""
    theirs = f"SELECT {MOMENT} FROM messaging_message AS m JOIN ({people}) AS p USING (client_id, contact_id)"
    return f"""
    PERFORM 1 FROM messaging_entry AS e JOIN ({people}) AS p ON (e.client_id, e.contact) = (p.client_id, p.contact_id)
        ORDER BY {of_e(IN_ORDER)} FOR UPDATE OF e;{entries(theirs)}
    ON CONFLICT ({COUNT}) DO UPDATE SET held = excluded.held, at = excluded.at
        WHERE (messaging_entry.held, messaging_entry.at) <> (excluded.held, excluded.at);
    DELETE FROM messaging_entry AS e USING ({people}) AS p WHERE (e.client_id, e.contact) = (p.client_id, p.contact_id)
        AND ({of_e(COUNT)}) NOT IN (SELECT {COUNT} FROM ({counts(theirs)}) AS moments);"""


def function(name, body):
    return f"""
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    some_new boolean;
    some_other boolean;
BEGIN{body}
    RETURN NULL;
END $$;
"""


BEFORE, NOW = (f"SELECT {MOMENT} FROM {table}" for table in ("fewer", "more"))
BOTH = f"({NOW}) AS n JOIN ({BEFORE}) AS o ON o.id = n.id"
OF_A_MOMENT = "{0}.held, {0}.at, {0}.contact_id, {0}.campaign_id, {0}.step_id, {0}.wording"
OTHERWISE = f"o.held IS NOT NULL AND ({OF_A_MOMENT.format('n')}) IS DISTINCT FROM ({OF_A_MOMENT.format('o')})"
PEOPLE = " UNION ".join(f"SELECT {of}.client_id, {of}.contact_id FROM {BOTH} WHERE {OTHERWISE}" for of in "no")
# Asked once: most changes are of an outcome or a delivery, and nobody enters by those.
NEW = "o.held IS NULL AND n.held IS NOT NULL"
CHANGED = f"""
    SELECT bool_or({NEW}), bool_or({OTHERWISE}) INTO some_new, some_other FROM {BOTH};
    IF some_new THEN{entered("more", f"SELECT n.* FROM {BOTH} WHERE {NEW}")}
    END IF;
    IF some_other THEN{clock_of("more")}{asked_again(PEOPLE)}
    END IF;"""
ADDED = f"""
    IF EXISTS (SELECT FROM ({NOW}) AS n WHERE held IS NOT NULL) THEN{entered("more", NOW)}
    END IF;"""
OF_MESSAGES = "".join([
    function("entries_more", ADDED),
    function("entries_fewer", clock_of("fewer") + asked_again(f"SELECT DISTINCT client_id, contact_id FROM ({BEFORE}) AS o WHERE held IS NOT NULL")),
    function("entries_changed", CHANGED),
])

KIND = "client_id, campaign, step, wording, month, held, quarter"
QUARTER = "client_id, campaign, step, wording, month, held, date_bin('15 minutes', at, '2000-01-01Z') AS quarter"


def counted(rows):
    return f"""
    INSERT INTO messaging_entrytally ({KIND}, number) SELECT {KIND}, sum(n) FROM ({rows}) AS changed GROUP BY {KIND} HAVING sum(n) <> 0;"""


MORE, FEWER = f"SELECT {QUARTER}, 1 AS n FROM more", f"SELECT {QUARTER}, -1 AS n FROM fewer"
OF_ENTRIES = "".join([
    function("entries_tally_more", counted(MORE)),
    function("entries_tally_fewer", counted(FEWER)),
    function("entries_tally_changed", counted(f"{MORE} UNION ALL {FEWER}")),
])

# Another clock, other months: of those who were written to about the turn of one. Whoever is writing to them is waited for.
OF_CLOCKS = f"""
CREATE FUNCTION entries_by_another_clock() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    seen text := current_setting('app.clients', true);
    people bigint[];
BEGIN
    PERFORM set_config('app.clients', '{{' || NEW.id || '}}', true);
    PERFORM pg_advisory_xact_lock(hashtextextended('clock', NEW.id));
    SELECT array_agg(DISTINCT m.contact_id) INTO people
    FROM generate_series('2000-01-01Z', (SELECT max(claimed_at) FROM messaging_message WHERE client_id = NEW.id) + interval '1 month', interval '1 month') AS turn
    JOIN messaging_message AS m ON m.client_id = NEW.id AND m.claimed_at BETWEEN turn - interval '1 day' AND turn + interval '1 day'
    WHERE {month("m.claimed_at", "OLD.time_zone")} <> {month("m.claimed_at", "NEW.time_zone")};
    IF people IS NOT NULL THEN{asked_again("SELECT NEW.id AS client_id, unnest(people) AS contact_id")}
    END IF;
    PERFORM set_config('app.clients', coalesce(seen, ''), true);
    RETURN NULL;
END $$;
CREATE TRIGGER entries_by_another_clock AFTER UPDATE OF time_zone ON tenants_client FOR EACH ROW
    WHEN (OLD.time_zone <> NEW.time_zone) EXECUTE FUNCTION entries_by_another_clock();
"""
# As in 0029: until the commit nobody else writes a message. The triggers of the entries count these too.
THOSE_THERE_ARE = f"""
SELECT set_config('app.clients', (SELECT coalesce('{{' || string_agg(id::text, ',') || '}}', '') FROM tenants_client), true);
{entries(f"SELECT {MOMENT} FROM messaging_message")} ON CONFLICT ({COUNT}) DO NOTHING;
SELECT set_config('app.clients', '', true);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0033_answered'),
        ('tenants', '0022_keys_for_lists'),
    ]

    operations = [
        migrations.RemoveConstraint(model_name='entry', name='entered_once'),
        migrations.RemoveIndex(model_name='entrytally', name='entries_of_campaign'),
        *(
            migrations.AddField(
                model_name=model,
                name=name,
                field=field,
            )
            for model in ('entry', 'entrytally')
            for name, field in (
                ('step', models.BigIntegerField(db_default=0, default=0, help_text='0: whichever.')),
                ('wording', models.CharField(blank=True, db_default='', default='', max_length=1)),
                ('month', models.IntegerField(db_default=0, default=0, help_text="202611, by the client's own clock; 0: whenever.")),
            )
        ),
        migrations.AlterField(model_name='entry', name='campaign', field=models.BigIntegerField(help_text='0: whichever.')),
        migrations.AlterField(model_name='entrytally', name='campaign', field=models.BigIntegerField(help_text='0: whichever.')),
        migrations.AlterField(
            model_name='entrytally', name='held', field=models.BooleanField(help_text='Nothing was handed over to them: they are held out.'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(
                fields=('client', 'contact', 'campaign', 'step', 'wording', 'month'), include=('held', 'at'), name='entered_once',
            ),
        ),
        migrations.AddIndex(
            model_name='entrytally', index=models.Index(fields=['client', 'campaign', 'month'], name='entries_of_count'),
        ),
        migrations.RunSQL(OF_MESSAGES + OF_ENTRIES + OF_CLOCKS, migrations.RunSQL.noop),
        migrations.RunSQL(THOSE_THERE_ARE, migrations.RunSQL.noop),
    ]
