"""The index of the words of replies was never used: its operator is not leakproof, and row-level security hands it no other."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0037_taken_though_ended'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='inbound',
            name='messaging_i_body_wo_fd7cf3_gin',
        ),
    ]
