"""Coming in without a membership takes two people, and the database holds it."""

import datetime
import django.db.models.deletion
import django.db.models.expressions
import tenants.encryption
import tenants.models.base
from django.conf import settings
from django.db import migrations, models

from tenants.isolation import Isolate

GLASS = """
CREATE FUNCTION refuse_breaking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.granted_at IS NOT NULL OR NOT EXISTS (SELECT FROM tenants_membership m JOIN tenants_client c ON c.agency_id = m.agency_id
                WHERE m.user_id = NEW.user_id AND c.id = NEW.client_id AND m.ended_at IS NULL) THEN
            RAISE EXCEPTION 'somebody of the agency asks, somebody else grants' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL
        OR ROW(NEW.id, NEW.client_id, NEW.user_id, NEW.reason, NEW.hours, NEW.asked_at)
            IS DISTINCT FROM ROW(OLD.id, OLD.client_id, OLD.user_id, OLD.reason, OLD.hours, OLD.asked_at)
        OR OLD.granted_at IS NOT NULL AND ROW(NEW.granted_by_id, NEW.granted_at, NEW.until)
            IS DISTINCT FROM ROW(OLD.granted_by_id, OLD.granted_at, OLD.until) THEN
        RAISE EXCEPTION 'an emergency access is ended, never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.granted_at IS NULL AND NEW.granted_at IS NOT NULL AND NOT EXISTS (SELECT FROM tenants_membership m JOIN tenants_client c ON c.id = NEW.client_id
            WHERE m.user_id = NEW.granted_by_id AND m.ended_at IS NULL
            AND (m.agency_id = c.agency_id AND m.client_id IS NULL AND m.role = 'owner'
                OR m.agency_id IS NULL AND m.client_id = c.id AND m.role = 'approver')) THEN
        RAISE EXCEPTION 'the owner or the compliance contact grants this' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER glass BEFORE INSERT OR UPDATE OR DELETE ON tenants_emergencyaccess FOR EACH ROW EXECUTE FUNCTION refuse_breaking();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0008_mail_domains'),
    ]

    operations = [
        migrations.CreateModel(
            name='EmergencyAccess',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', tenants.encryption.EncryptedText()),
                ('hours', models.PositiveSmallIntegerField()),
                ('asked_at', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('granted_at', models.DateTimeField(null=True)),
                ('until', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('granted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('granted_at', None), ('granted_by', None), ('until', None)), models.Q(('granted_at__isnull', False), ('granted_by__isnull', False), ('until__isnull', False), models.Q(('granted_by', models.F('user')), _negated=True), ('until__lte', django.db.models.expressions.CombinedExpression(models.F('granted_at'), '+', models.Value(datetime.timedelta(seconds=14400))))), _connector='OR'), name='emergency_takes_two_people'), models.CheckConstraint(condition=models.Q(('hours__gte', 1), ('hours__lte', 4)), name='emergency_is_some_hours'), models.UniqueConstraint(condition=models.Q(('ended_at', None), ('granted_at', None)), fields=('client', 'user'), name='one_open_emergency_request')],
            },
        ),
        Isolate(
            "tenants",
            open_tables=("membership", "invitation", "hookendpoint", "apitoken"),
            append_only=("auditevent", "accountevent", "auditblock"),
        ),
        migrations.RunSQL(GLASS, migrations.RunSQL.noop),
    ]
