"""The third net."""
from django.db import migrations

from tenants.isolation import Isolate


class Migration(migrations.Migration):
    dependencies = [("compliance", "0001_initial"), ("campaigns", "0002_isolation")]
    operations = [Isolate("compliance")]
