"""A search by a word of a name goes by an index of each place where the word may stand."""

from django.db import migrations, models

# Of partial indexes PostgreSQL takes no statistics, and without them it reads everybody.
PLACES = range(1, 6)
KNOWN = "".join(f"CREATE STATISTICS name_word_{place} ON (name_words[{place}]) FROM consent_contact;\n" for place in PLACES)
UNKNOWN = "".join(f"DROP STATISTICS name_word_{place};\n" for place in PLACES)


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0025_what_was_asked_for'),
        ('tenants', '0024_rewrapped'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='contact',
            index=models.Index(models.F('name_words__0'), condition=models.Q(('name_words__0__isnull', False)), name='name_word_1'),
        ),
        migrations.AddIndex(
            model_name='contact',
            index=models.Index(models.F('name_words__1'), condition=models.Q(('name_words__1__isnull', False)), name='name_word_2'),
        ),
        migrations.AddIndex(
            model_name='contact',
            index=models.Index(models.F('name_words__2'), condition=models.Q(('name_words__2__isnull', False)), name='name_word_3'),
        ),
        migrations.AddIndex(
            model_name='contact',
            index=models.Index(models.F('name_words__3'), condition=models.Q(('name_words__3__isnull', False)), name='name_word_4'),
        ),
        migrations.AddIndex(
            model_name='contact',
            index=models.Index(condition=models.Q(('name_words__4__isnull', False)), fields=['client'], name='long_names'),
        ),
        migrations.RunSQL(KNOWN + "ANALYZE consent_contact (name_words);", UNKNOWN),
    ]
