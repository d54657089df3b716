"""Comments on the messages that lie before a client."""

import django.db.models.deletion
import tenants.encryption
import tenants.isolation
import tenants.models.base
from django.conf import settings
from django.db import migrations, models

from tenants.isolation import Isolate

SAID = """
CREATE FUNCTION refuse_rewording() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ROW(NEW.id, NEW.client_id, NEW.campaign_id, NEW.request_id, NEW.answers_id, NEW.position, NEW.by_id, NEW.from_agency, NEW.words, NEW.at)
        IS DISTINCT FROM ROW(OLD.id, OLD.client_id, OLD.campaign_id, OLD.request_id, OLD.answers_id, OLD.position, OLD.by_id, OLD.from_agency, OLD.words, OLD.at) THEN
        RAISE EXCEPTION 'a comment is answered, never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER said BEFORE UPDATE ON campaigns_comment FOR EACH ROW EXECUTE FUNCTION refuse_rewording();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0006_several_signatures'),
        ('tenants', '0008_mail_domains'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(help_text='Of the message then; none: all of it.', null=True)),
                ('from_agency', models.BooleanField(default=False)),
                ('words', tenants.encryption.EncryptedText()),
                ('at', models.DateTimeField(db_default=tenants.models.base.ClockNow())),
                ('resolved_at', models.DateTimeField(null=True)),
                ('answers', tenants.isolation.SameClientKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='answered', to='campaigns.comment')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('campaign', tenants.isolation.SameClientKey(on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='campaigns.campaign')),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.client')),
                ('request', tenants.isolation.SameClientKey(help_text='The round it was made in.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='campaigns.approvalrequest')),
                ('resolved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('step', tenants.isolation.SameClientKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='campaigns.step')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'indexes': [models.Index(fields=['client', 'campaign'], name='comments_of_campaign')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('resolved_at', None), ('resolved_by', None)), models.Q(('answers', None), ('resolved_at__isnull', False), ('resolved_by__isnull', False)), _connector='OR'), name='a_comment_is_settled_by_somebody')],
            },
        ),
        Isolate(
            "campaigns", open_tables=("reviewlink",), append_only=("approvaldocument", "cosignature", "signingrule")
        ),
        migrations.RunSQL(SAID, migrations.RunSQL.noop),
    ]
