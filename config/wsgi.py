"""The door for web servers."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import reverse

from config.garbage import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
# Reads every page's module now: the first request to a new process may be somebody's STOP, and would wait seconds.
reverse("hook_twilio_inbound", args=["-"])
settle()
