"""A person who says in a reply that they have booked is known apart from the practice's own appointments."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0008_fewer_signatures'),
    ]

    operations = [
        migrations.AddField(
            model_name='booking',
            name='by_word',
            field=models.BooleanField(db_default=False, default=False, help_text='The person said so in a reply; the practice told of no appointment.'),
        ),
    ]
