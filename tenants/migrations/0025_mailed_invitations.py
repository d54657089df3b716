"""When the mail server took an invitation: one it did not take can be sent again from the page."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0024_rewrapped")]

    operations = [
        migrations.AddField(
            model_name="invitation", name="mailed_at", field=models.DateTimeField(null=True)
        ),
        # Until now none was kept whose mail was refused.
        migrations.RunSQL("UPDATE tenants_invitation SET mailed_at = invited_at", migrations.RunSQL.noop),
    ]
