from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0026_faults'),
    ]

    operations = [
        migrations.AddField(
            model_name='client',
            name='confirms_opt_outs',
            field=models.BooleanField(default=False, help_text="Whether an opt-out in one's own words is confirmed, once."),
        ),
    ]
