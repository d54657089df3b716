"""A standing welcome may go to people known before it too, at their first yes; what was signed before does not."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0026_withdrawn_as_it_was'),
    ]

    operations = [
        migrations.AddField(
            model_name='campaign',
            name='greets_known',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('greets_known', False), ('greets', True), _connector='OR'), name='only_a_welcome_greets'),
        ),
    ]
