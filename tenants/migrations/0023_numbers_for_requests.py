"""A number may be kept for what people asked for (check `not_asked_for`)."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0022_keys_for_lists'),
    ]

    operations = [
        migrations.AddField(
            model_name='sender',
            name='on_request',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddConstraint(
            model_name='sender',
            constraint=models.CheckConstraint(condition=models.Q(('on_request', False), ('channel', 'sms'), _connector='OR'), name='a_number_is_kept_for_requests'),
        ),
    ]
