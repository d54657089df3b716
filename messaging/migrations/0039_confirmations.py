"""The one text that may follow an opt-out names it, is one, and is refused once five minutes are over."""

import datetime

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import tenants.isolation
from tenants.isolation import Isolate

OF_NONE = {"campaign": None, "campaign_version": None, "step": None}
ANSWERS = models.Q(confirms=None, purpose="care", **OF_NONE)
STEPS = models.Q(campaign__isnull=False, campaign_version__isnull=False, step__isnull=False, confirms=None)
CONFIRMATIONS = models.Q(confirms__isnull=False, channel="sms", **OF_NONE)

# What it confirms is looked at when it is written, and cannot be changed; how old that is, when it is handed over too.
ONCE = """
CREATE FUNCTION confirms_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked timestamptz;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.confirms_id, NEW.client_id, NEW.address_id, NEW.channel) IS DISTINCT FROM (OLD.confirms_id, OLD.client_id, OLD.address_id, OLD.channel) THEN
            RAISE EXCEPTION 'what a message confirms does not change' USING ERRCODE = 'restrict_violation';
        END IF;
        IF OLD.status = 'unresolved' AND NEW.status = 'queued' THEN
            RAISE EXCEPTION 'a confirmation that may have left is not sent again' USING ERRCODE = 'restrict_violation';
        END IF;
        IF NEW.status <> 'handing' OR OLD.status = 'handing' THEN
            RETURN NEW;
        END IF;
    END IF;
    SELECT since INTO asked FROM consent_suppression
    WHERE client_id = NEW.client_id AND id = NEW.confirms_id AND address_id = NEW.address_id
        AND channel = 'sms' AND source = 'free_text' AND (TG_OP = 'UPDATE' OR ended_at IS NULL);
    IF asked IS NULL OR asked <= clock_timestamp() - interval '5 minutes' THEN
        RAISE EXCEPTION 'there is no opt-out of the last five minutes to confirm' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER confirms_once BEFORE INSERT ON messaging_message FOR EACH ROW
    WHEN (NEW.confirms_id IS NOT NULL) EXECUTE FUNCTION confirms_once();
CREATE TRIGGER confirms_once_still BEFORE UPDATE ON messaging_message FOR EACH ROW
    WHEN (OLD.confirms_id IS NOT NULL OR NEW.confirms_id IS NOT NULL) EXECUTE FUNCTION confirms_once();
"""
BACK = """
DROP TRIGGER confirms_once ON messaging_message; DROP TRIGGER confirms_once_still ON messaging_message; DROP FUNCTION confirms_once();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("consent", "0025_what_was_asked_for"),
        ("messaging", "0038_no_index_of_words"),
        ("tenants", "0027_confirms_opt_outs"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="confirms",
            field=tenants.isolation.SameClientKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="consent.suppression"
            ),
        ),
        migrations.RemoveConstraint(model_name="message", name="of_a_step_or_an_answer"),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(condition=STEPS | ANSWERS | CONFIRMATIONS, name="of_a_step_or_an_answer"),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("confirms__isnull", False)), fields=("client", "confirms"), name="confirmed_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                models.F("client"), models.F("address"),
                django.db.models.functions.datetime.TruncDate("planned_at", tzinfo=datetime.timezone.utc),
                condition=models.Q(("confirms__isnull", False)), name="confirmed_once_a_day",
            ),
        ),
        migrations.RunSQL(ONCE, BACK),
        Isolate("messaging", open_tables=("turn",), append_only=("certificate",)),
    ]
