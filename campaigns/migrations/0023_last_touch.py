"""New campaigns name to their signer which of several campaigns an appointment is credited to; what was signed before keeps its words."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0022_day_alone_and_tries'),
    ]

    operations = [
        migrations.AddField(
            model_name='campaign',
            name='credit',
            field=models.CharField(blank=True, choices=[('last_touch', 'The one whose message was the newest before it was booked')], db_default='', default='last_touch', help_text='The rule that was named to the signer; campaigns from before it was named have none.', max_length=10),
        ),
    ]
