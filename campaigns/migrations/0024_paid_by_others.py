"""What whoever asks for approval states about who pays reaches the signer."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0023_last_touch"),
    ]

    operations = [
        migrations.AddField(
            model_name="approvalrequest",
            name="paid_by_others",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Whoever asked stated that somebody else pays for it, or that it promotes what is not the practice’s own.",
            ),
        ),
    ]
