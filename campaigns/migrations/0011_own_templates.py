"""An agency's own templates, seen from its clients' pages only."""

import django.db.models.deletion
import django.db.models.functions.text
import tenants.models.base
from django.conf import settings
from django.db import migrations, models

from tenants.isolation import Isolate

POLICY = """
ALTER TABLE campaigns_owntemplate ENABLE ROW LEVEL SECURITY;
ALTER TABLE campaigns_owntemplate FORCE ROW LEVEL SECURITY;
CREATE POLICY of_the_agency ON campaigns_owntemplate
    USING (agency_id IN (SELECT c.agency_id FROM tenants_client c
        WHERE c.id = ANY ((SELECT nullif(current_setting('app.clients', true), '')::bigint[])::bigint[])))
    WITH CHECK (agency_id IN (SELECT c.agency_id FROM tenants_client c
        WHERE c.id = ANY ((SELECT nullif(current_setting('app.clients', true), '')::bigint[])::bigint[])));
"""


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0010_additions'),
        ('tenants', '0014_questions_to'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='OwnTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('purpose', models.CharField(choices=[('care', 'Care'), ('recall', 'Recall'), ('marketing', 'Marketing')], max_length=10)),
                ('steps', models.JSONField(help_text='Channel, delay_days, subject and body of each message, in order.')),
                ('made_at', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('agency', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.agency')),
                ('made_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('agency'), django.db.models.functions.text.Lower('name'), name='own_template_once')],
            },
        ),
        Isolate(
            "campaigns",
            open_tables=("reviewlink",),
            append_only=("approvaldocument", "cosignature", "signingrule", "looseningyes", "additionrule"),
        ),
        migrations.RunSQL(POLICY, migrations.RunSQL.noop),
    ]
