"""A mail address typed into a form counts once a mailed link confirmed it."""

import django.contrib.postgres.fields
import django.db.models.deletion
import tenants.encryption
import tenants.models.base
from django.db import migrations, models

from tenants.isolation import Isolate


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0014_purpose_opt_outs'),
        ('tenants', '0012_account_of_one_client'),
    ]

    operations = [
        migrations.AddField(
            model_name='signupform',
            name='asks_mail',
            field=models.BooleanField(default=False, help_text='It also takes a mail address, which counts once a mailed link confirmed it.'),
        ),
        migrations.CreateModel(
            name='MailConfirmation',
            fields=[
                ('token_hash', models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ('wish_id', models.BigIntegerField()),
                ('made_at', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('done_at', models.DateTimeField(null=True)),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
            ],
        ),
        migrations.CreateModel(
            name='MailWish',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('given', tenants.encryption.EncryptedText(help_text='JSON: the names, the address, the evidence.')),
                ('wording', models.TextField()),
                ('purposes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('care', 'Care'), ('recall', 'Recall'), ('marketing', 'Marketing')], max_length=10), size=None)),
                ('asked_at', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('address', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consent.address')),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'indexes': [models.Index(fields=['client', 'address'], name='mail_wishes_of_address')],
            },
        ),
        Isolate(
            "consent", open_tables=("preferencelink", "signupform", "mailconfirmation"), append_only=("preferencelink",)
        ),
    ]
