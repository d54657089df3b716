"""What was handed over to an address before or after an opt-out is found by the index."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0035_urgent'),
    ]

    operations = [
        migrations.RemoveIndex(model_name='message', name='message_of_address'),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['client', 'address', 'claimed_at'], name='message_of_address'),
        ),
    ]
