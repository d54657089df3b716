"""The broker remembers when this history was last seen, by a name that a dump carries along."""

import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0023_statistics'),
    ]

    operations = [
        migrations.AddField(
            model_name='history',
            name='name',
            field=models.UUIDField(default=uuid.uuid4, help_text='By which the broker remembers when it was last seen; a dump carries it along.'),
        ),
    ]
