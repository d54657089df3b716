"""A message says when it changed last, so that the API can be asked for what is new."""

import django.contrib.postgres.indexes
import tenants.models.base
from django.db import migrations, models


STAMP = """
CREATE FUNCTION stamp_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_at = clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER changed BEFORE UPDATE OF status, delivery ON messaging_message FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status OR OLD.delivery IS DISTINCT FROM NEW.delivery) EXECUTE FUNCTION stamp_change();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0007_comments'),
        ('consent', '0013_changed'),
        ('messaging', '0010_end_of_engagement'),
        ('tenants', '0009_emergency'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='changed_at',
            field=models.DateTimeField(db_default=tenants.models.base.ClockNow(), help_text='Of status or delivery; a trigger sets it.'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['changed_at'], name='message_changed', pages_per_range=32),
        ),
        migrations.RunSQL(STAMP, migrations.RunSQL.noop),
    ]
