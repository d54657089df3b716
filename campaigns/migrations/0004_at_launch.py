"""Counts made at the launch."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0003_documents'),
    ]

    operations = [
        migrations.AddField(
            model_name='audiencecount',
            name='at_launch',
            field=models.BooleanField(default=False, help_text='Counted when it was launched, to compare with what was signed.'),
        ),
    ]
