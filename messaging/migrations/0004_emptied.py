"""When words were thrown away."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0003_evidence'),
    ]

    operations = [
        migrations.AddField(
            model_name='attempt',
            name='emptied_at',
            field=models.DateTimeField(help_text='When the words were thrown away; their hash stays.', null=True),
        ),
        migrations.AddField(
            model_name='inbound',
            name='emptied_at',
            field=models.DateTimeField(help_text='When the words were thrown away.', null=True),
        ),
    ]
