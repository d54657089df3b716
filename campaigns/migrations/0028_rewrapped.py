"""Sealed documents, signatures of several and comments take a new encryption key, and are otherwise never changed."""

from django.db import migrations

from tenants.isolation import Isolate

REWRAPPED = """
DROP TRIGGER frozen ON campaigns_approvaldocument;
CREATE TRIGGER frozen BEFORE DELETE ON campaigns_approvaldocument FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER frozen_as_it_is BEFORE UPDATE ON campaigns_approvaldocument FOR EACH ROW
    WHEN (NOT only_rewrapped(to_jsonb(OLD), to_jsonb(NEW), 'file')) EXECUTE FUNCTION refuse_change();
DROP TRIGGER frozen ON campaigns_cosignature;
CREATE TRIGGER frozen BEFORE DELETE ON campaigns_cosignature FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER frozen_as_it_is BEFORE UPDATE ON campaigns_cosignature FOR EACH ROW
    WHEN (NOT only_rewrapped(to_jsonb(OLD), to_jsonb(NEW), 'browser')) EXECUTE FUNCTION refuse_change();
DROP TRIGGER said ON campaigns_comment;
CREATE TRIGGER said BEFORE UPDATE ON campaigns_comment FOR EACH ROW
    WHEN (NOT only_rewrapped(to_jsonb(OLD), to_jsonb(NEW), 'words')) EXECUTE FUNCTION refuse_rewording();
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0027_first_yes"), ("tenants", "0024_rewrapped")]

    operations = [
        migrations.RunSQL(REWRAPPED, migrations.RunSQL.noop),
        Isolate(
            "campaigns",
            open_tables=("reviewlink", "bookinghook"),
            append_only=("approvaldocument", "cosignature", "signingrule", "looseningyes", "additionrule"),
        ),
    ]
