"""Who must sign where one signature is not enough, delegates, and the pen held by the database for each of them."""

import django.contrib.postgres.fields
import django.db.models.deletion
import tenants.encryption
import tenants.isolation
import tenants.models.base
from django.conf import settings
from django.db import migrations, models

from tenants.isolation import Isolate

PENS = """
-- The rule in force is the newest row: nothing of it is changed. Whoever works for the agency may only make it stricter.
CREATE FUNCTION refuse_looser_signing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last record;
BEGIN
    IF NOT EXISTS (SELECT FROM tenants_membership m JOIN tenants_client c ON c.agency_id = m.agency_id
            WHERE m.user_id = NEW.set_by_id AND c.id = NEW.client_id AND m.ended_at IS NULL) THEN
        RETURN NEW;
    END IF;
    SELECT r.how, r.signers INTO last FROM campaigns_signingrule r WHERE r.client_id = NEW.client_id ORDER BY r.id DESC LIMIT 1;
    IF FOUND AND (array_position(ARRAY['any', 'all', 'order'], NEW.how::text) < array_position(ARRAY['any', 'all', 'order'], last.how::text)
        OR NOT last.signers <@ NEW.signers
        OR last.how = 'order' AND last.signers IS DISTINCT FROM
            (SELECT array_agg(u.who ORDER BY u.place) FROM unnest(NEW.signers) WITH ORDINALITY u(who, place) WHERE u.who = ANY(last.signers))) THEN
        RAISE EXCEPTION 'the agency may only ask for more signatures' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER only_stricter BEFORE INSERT ON campaigns_signingrule FOR EACH ROW EXECUTE FUNCTION refuse_looser_signing();
CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON campaigns_signingrule FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON campaigns_cosignature FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION refuse_redelegating() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL
        OR ROW(NEW.id, NEW.client_id, NEW.principal_id, NEW.delegate_id, NEW.named_by_id, NEW.from_day, NEW.until_day, NEW.since)
        IS DISTINCT FROM ROW(OLD.id, OLD.client_id, OLD.principal_id, OLD.delegate_id, OLD.named_by_id, OLD.from_day, OLD.until_day, OLD.since) THEN
        RAISE EXCEPTION 'a delegation is ended, never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER named BEFORE UPDATE OR DELETE ON campaigns_delegation FOR EACH ROW EXECUTE FUNCTION refuse_redelegating();

CREATE OR REPLACE FUNCTION refuse_resigning() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR ROW(NEW.id, NEW.client_id, NEW.campaign_id, NEW.version_id, NEW.request_id, NEW.count_id, NEW.fingerprint,
            NEW.signed_by_id, NEW.drafted_by_id, NEW.delegation_id, NEW.role, NEW.typed_name, NEW.title, NEW.statement,
            NEW.statement_version, NEW.second_factor, NEW.since, NEW.expires_at, NEW.ip)
        IS DISTINCT FROM ROW(OLD.id, OLD.client_id, OLD.campaign_id, OLD.version_id, OLD.request_id, OLD.count_id, OLD.fingerprint,
            OLD.signed_by_id, OLD.drafted_by_id, OLD.delegation_id, OLD.role, OLD.typed_name, OLD.title, OLD.statement,
            OLD.statement_version, OLD.second_factor, OLD.since, OLD.expires_at, OLD.ip)
        OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at) THEN
        RAISE EXCEPTION 'an approval is withdrawn, never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

-- Nobody signs but the client's own compliance contact, or whom that contact named for today; with several to sign, the
-- approval is the last signature and comes only when the others are there, for the same request and the same fingerprint.
CREATE OR REPLACE FUNCTION refuse_strangers_pen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    principal bigint := NEW.signed_by_id;
    asked record;
    rule record;
BEGIN
    IF NEW.delegation_id IS NOT NULL THEN
        SELECT d.principal_id INTO principal FROM campaigns_delegation d JOIN tenants_client c ON c.id = d.client_id
            JOIN tenants_membership m ON m.user_id = d.delegate_id AND m.client_id = d.client_id AND m.agency_id IS NULL AND m.ended_at IS NULL
            WHERE d.id = NEW.delegation_id AND d.client_id = NEW.client_id AND d.delegate_id = NEW.signed_by_id AND d.ended_at IS NULL
            AND (clock_timestamp() AT TIME ZONE c.time_zone)::date BETWEEN d.from_day AND d.until_day;
    END IF;
    IF NOT EXISTS (SELECT FROM tenants_membership m JOIN tenants_user u ON u.id = m.user_id WHERE m.user_id = principal
            AND m.client_id = NEW.client_id AND m.role = 'approver' AND m.ended_at IS NULL AND u.is_active)
        OR NOT EXISTS (SELECT FROM tenants_user u WHERE u.id = NEW.signed_by_id AND u.is_active)
        OR EXISTS (SELECT FROM tenants_membership m JOIN tenants_client c ON c.agency_id = m.agency_id
            WHERE m.user_id IN (NEW.signed_by_id, principal) AND c.id = NEW.client_id AND m.ended_at IS NULL)
        OR EXISTS (SELECT FROM tenants_user u, tenants_client c JOIN tenants_agency a ON a.id = c.agency_id
            WHERE u.id IN (NEW.signed_by_id, principal) AND c.id = NEW.client_id AND split_part(u.email, '@', 2) = ANY(a.mail_domains)) THEN
        RAISE EXCEPTION 'only the client''s compliance contact signs' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (SELECT FROM campaigns_campaignversion v WHERE v.id = NEW.version_id AND v.client_id = NEW.client_id
            AND v.campaign_id = NEW.campaign_id AND v.fingerprint = NEW.fingerprint) THEN
        RAISE EXCEPTION 'an approval carries the fingerprint of the version it was given for' USING ERRCODE = 'check_violation';
    END IF;
    SELECT r.rule_id, r.asked_by_id, r.closed_at, v.frozen_by_id, g.created_by_id INTO asked FROM campaigns_approvalrequest r
        JOIN campaigns_campaignversion v ON v.id = r.version_id JOIN campaigns_campaign g ON g.id = r.campaign_id
        WHERE r.id = NEW.request_id AND r.client_id = NEW.client_id AND r.campaign_id = NEW.campaign_id AND r.version_id = NEW.version_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a signature answers the request for its own version' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.signed_by_id IN (asked.asked_by_id, asked.frozen_by_id, asked.created_by_id)
        OR principal IN (asked.asked_by_id, asked.frozen_by_id, asked.created_by_id) THEN
        RAISE EXCEPTION 'whoever drafted or asked does not sign' USING ERRCODE = 'check_violation';
    END IF;
    SELECT r.id, r.how, r.signers INTO rule FROM campaigns_signingrule r WHERE r.client_id = NEW.client_id ORDER BY r.id DESC LIMIT 1;
    IF rule.id IS DISTINCT FROM asked.rule_id THEN
        RAISE EXCEPTION 'who must sign was changed since this was asked' USING ERRCODE = 'check_violation';
    END IF;
    IF coalesce(rule.how, 'any') = 'any' THEN
        IF TG_TABLE_NAME = 'campaigns_cosignature' THEN
            RAISE EXCEPTION 'one signature is enough here' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NOT principal = ANY(rule.signers) THEN
        RAISE EXCEPTION 'only who must sign signs here' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM campaigns_cosignature s WHERE s.client_id = NEW.client_id AND s.request_id = NEW.request_id
            AND (s.signed_by_id = NEW.signed_by_id OR s.covers_id = principal)) THEN
        RAISE EXCEPTION 'one person signs once' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_TABLE_NAME = 'campaigns_cosignature' THEN
        NEW.covers_id := principal;
        IF asked.closed_at IS NOT NULL THEN
            RAISE EXCEPTION 'this request is closed' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    -- Of those who must have signed before this signature, nobody may be missing: all others for the approval, the earlier ones in an order.
    IF EXISTS (SELECT FROM unnest(rule.signers) WITH ORDINALITY u(who, place) WHERE u.who <> principal
            AND (TG_TABLE_NAME = 'campaigns_approval' OR rule.how = 'order' AND u.place < array_position(rule.signers, principal))
            AND NOT EXISTS (SELECT FROM campaigns_cosignature s WHERE s.client_id = NEW.client_id AND s.request_id = NEW.request_id
                AND s.covers_id = u.who AND s.fingerprint = NEW.fingerprint)) THEN
        RAISE EXCEPTION 'somebody who must sign before has not signed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER own_pen BEFORE INSERT ON campaigns_cosignature FOR EACH ROW EXECUTE FUNCTION refuse_strangers_pen();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0005_bookings_and_hold_out'),
        ('tenants', '0008_mail_domains'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Cosignature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fingerprint', models.CharField(max_length=64)),
                ('role', models.CharField(help_text="The signer's role then: the client's compliance contact, or a delegate's.", max_length=10)),
                ('typed_name', models.CharField(max_length=120)),
                ('title', models.CharField(max_length=120)),
                ('statement', models.TextField()),
                ('statement_version', models.CharField(max_length=20)),
                ('second_factor', models.CharField(help_text='How the second factor was proven: totp, code.', max_length=20)),
                ('since', models.DateTimeField(db_default=tenants.models.base.ClockNow(), help_text='When it was signed.')),
                ('ip', models.GenericIPAddressField(null=True)),
                ('browser', tenants.encryption.EncryptedText(blank=True)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='Delegation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_day', models.DateField()),
                ('until_day', models.DateField()),
                ('since', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='SigningRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('how', models.CharField(choices=[('any', 'Any one compliance contact'), ('all', 'All of these, in any order'), ('order', 'All of these, in this order')], max_length=5)),
                ('signers', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, help_text='Accounts, in their order; none for any one.', size=None)),
                ('since', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.RemoveConstraint(
            model_name='approval',
            name='only_the_compliance_contact_signs',
        ),
        migrations.AlterField(
            model_name='approval',
            name='role',
            field=models.CharField(help_text="The signer's role then: the client's compliance contact, or a delegate's.", max_length=10),
        ),
        migrations.AlterField(
            model_name='approvalrequest',
            name='outcome',
            field=models.CharField(blank=True, choices=[('approved', 'Approved'), ('objected', 'Change asked for'), ('withdrawn', 'Withdrawn'), ('replaced', 'Replaced'), ('new_rule', 'Who must sign was changed')], max_length=10),
        ),
        migrations.AddField(
            model_name='cosignature',
            name='campaign',
            field=tenants.isolation.SameClientKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaigns.campaign'),
        ),
        migrations.AddField(
            model_name='cosignature',
            name='client',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client'),
        ),
        migrations.AddField(
            model_name='cosignature',
            name='covers',
            field=models.ForeignKey(help_text='Whose turn it was: the signer, or who named them.', on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='cosignature',
            name='drafted_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='cosignature',
            name='request',
            field=tenants.isolation.SameClientKey(on_delete=django.db.models.deletion.PROTECT, related_name='cosignatures', to='campaigns.approvalrequest'),
        ),
        migrations.AddField(
            model_name='cosignature',
            name='signed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='cosignature',
            name='version',
            field=tenants.isolation.SameClientKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaigns.campaignversion'),
        ),
        migrations.AddField(
            model_name='delegation',
            name='client',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client'),
        ),
        migrations.AddField(
            model_name='delegation',
            name='delegate',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='delegation',
            name='ended_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='delegation',
            name='named_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='delegation',
            name='principal',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='cosignature',
            name='delegation',
            field=tenants.isolation.SameClientKey(help_text='When signed for another.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaigns.delegation'),
        ),
        migrations.AddField(
            model_name='approval',
            name='delegation',
            field=tenants.isolation.SameClientKey(help_text='When signed for another.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaigns.delegation'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('delegation', None), ('role', 'approver')), models.Q(('delegation__isnull', False), ('role__in', ['approver', 'viewer', 'front_desk'])), _connector='OR'), name='only_the_compliance_contact_signs'),
        ),
        migrations.AddField(
            model_name='signingrule',
            name='client',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client'),
        ),
        migrations.AddField(
            model_name='signingrule',
            name='set_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='approvalrequest',
            name='rule',
            field=tenants.isolation.SameClientKey(help_text='Who must sign, as it stood then; none: any one.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaigns.signingrule'),
        ),
        migrations.AddConstraint(
            model_name='delegation',
            constraint=models.CheckConstraint(condition=models.Q(('delegate', models.F('principal')), _negated=True), name='delegate_is_another'),
        ),
        migrations.AddConstraint(
            model_name='delegation',
            constraint=models.CheckConstraint(condition=models.Q(('named_by', models.F('principal'))), name='one_names_ones_own_delegate'),
        ),
        migrations.AddConstraint(
            model_name='delegation',
            constraint=models.CheckConstraint(condition=models.Q(('from_day__lte', models.F('until_day'))), name='delegation_has_days'),
        ),
        migrations.AddConstraint(
            model_name='cosignature',
            constraint=models.UniqueConstraint(fields=('client', 'request', 'signed_by'), name='cosigned_once'),
        ),
        migrations.AddConstraint(
            model_name='cosignature',
            constraint=models.UniqueConstraint(fields=('client', 'request', 'covers'), name='covered_once'),
        ),
        migrations.AddConstraint(
            model_name='cosignature',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('covers', models.F('signed_by')), ('delegation', None), ('role', 'approver')), models.Q(('delegation__isnull', False), ('role__in', ['approver', 'viewer', 'front_desk'])), _connector='OR'), name='only_the_compliance_contact_cosigns'),
        ),
        migrations.AddConstraint(
            model_name='cosignature',
            constraint=models.CheckConstraint(condition=models.Q(('drafted_by', None), models.Q(('drafted_by', models.F('signed_by')), _negated=True), _connector='OR'), name='drafter_never_cosigns'),
        ),
        migrations.AddConstraint(
            model_name='cosignature',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('typed_name', ''), _negated=True), models.Q(('second_factor', ''), _negated=True)), name='cosigned_in_full'),
        ),
        migrations.AddIndex(
            model_name='signingrule',
            index=models.Index(fields=['client', '-id'], name='newest_signing_rule'),
        ),
        migrations.AddConstraint(
            model_name='signingrule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('how', 'any'), ('signers', [])), models.Q(models.Q(('how', 'any'), _negated=True), models.Q(('signers', []), _negated=True)), _connector='OR'), name='named_where_several_sign'),
        ),
        Isolate(
            "campaigns", open_tables=("reviewlink",), append_only=("approvaldocument", "cosignature", "signingrule")
        ),
        migrations.RunSQL(PENS, migrations.RunSQL.noop),
    ]
