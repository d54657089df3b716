"""A review opened from the campaign's page leaves the mailed links alone."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0024_paid_by_others'),
    ]

    operations = [
        migrations.AddField(
            model_name='reviewlink',
            name='inside',
            field=models.BooleanField(db_default=False, default=False, help_text="Never mailed: opened from the campaign's page by who was signed in."),
        ),
    ]
