"""Mails that a person does not want."""

import django.db.models.deletion
import tenants.models.base
from django.conf import settings
from django.db import migrations, models

from tenants.isolation import Isolate


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0015_sub_processors'),
    ]

    operations = [
        migrations.CreateModel(
            name='MailChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('comments', 'A client commented on a message you asked approval for'), ('standstill', 'A running campaign waits for something, or will'), ('limit', 'A client’s monthly limit in dollars is reached'), ('expiry', 'An agreement runs out in 60 or 30 days')], max_length=10)),
                ('since', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'kind'), name='turned_off_once')],
            },
        ),
        Isolate(
            "tenants",
            open_tables=("membership", "invitation", "hookendpoint", "apitoken"),
            append_only=("auditevent", "accountevent", "auditblock"),
        ),
    ]
