"""The tabs of the inbox that go by address or by label read no more than what they show."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0031_entries'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='inbound',
            index=models.Index(fields=['client', 'address', '-id'], name='replies_of_address'),
        ),
        migrations.AddIndex(
            model_name='inbound',
            index=models.Index(fields=['client', 'label', '-id'], name='inbox_by_label'),
        ),
        migrations.AddIndex(
            model_name='inbound',
            index=models.Index(condition=models.Q(('handled_at', None)), fields=['client', 'label', '-id'], name='unread_by_label'),
        ),
        migrations.RemoveIndex(
            model_name='inbound',
            name='messaging_i_client__9cfe38_idx',
        ),
    ]
