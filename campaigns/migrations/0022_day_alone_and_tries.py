"""Of a day alone it is known that it was one; a file that breaks off is tried so often and no more."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0021_codes_beside_an_open_review'),
    ]

    operations = [
        migrations.AddField(
            model_name='booking',
            name='for_day_only',
            field=models.BooleanField(db_default=False, default=False, help_text='Only that day is known: for_at is its first instant.'),
        ),
        migrations.AddField(
            model_name='bookingfile',
            name='tries',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='Times the reading broke off by an error of ours.'),
        ),
    ]
