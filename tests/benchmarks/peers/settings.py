"""Settings of the peers' project. Addresses come from the bench."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

_database = urlsplit(os.environ["PEERS_DATABASE_URL"])
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql", "NAME": _database.path[1:], "USER": _database.username,
        "PASSWORD": _database.password, "HOST": _database.hostname, "PORT": _database.port, "CONN_MAX_AGE": 600,
    }
}  # fmt: skip
SECRET_KEY = "of the bench"
USE_TZ = True
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.benchmarks.peers.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.contenttypes", "tests.benchmarks.peers", "post_office", "anymail"]
EMAIL_BACKEND = "post_office.EmailBackend"
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", int(os.environ["STUB_SMTP_PORT"])
POST_OFFICE = {
    "BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"},
    "BATCH_SIZE": 5000, "THREADS_PER_PROCESS": 10, "LOG_LEVEL": 0, "CELERY_ENABLED": False,
}  # fmt: skip
ANYMAIL = {
    "SENDGRID_API_KEY": "SG.key", "SENDGRID_API_URL": os.environ["STUB_URL"] + "/v3/", "SENDGRID_GENERATE_MESSAGE_ID": False,
    "SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY": os.environ.get("VERIFICATION_KEY", ""),
}  # fmt: skip
