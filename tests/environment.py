"""The settings every test runs with: fixed keys, nothing that reaches beyond this machine.

As a program it runs one command with them: `python -m tests.environment mypy .`
"""

from __future__ import annotations

import os
import sys

CLOSED = "127.0.0.1:1"  # a port where nobody answers: a test that forgets to fake a provider fails

VALUES = {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "CTS_ENV_FILE": "",
    "SECRET_KEY": "test-secret-key-that-signs-nothing-of-worth-0123456789",
    "FIELD_ENCRYPTION_KEYS": (
        "dGVzdC1rZXktdHdvLXRlc3Qta2V5LXR3by10ZXN0LWs=,dGVzdC1rZXktb25lLXRlc3Qta2V5LW9uZS10ZXN0LWs="
    ),
    "HASH_KEYS": f"2:{'22' * 32},1:{'11' * 32}",
    "DATABASE_URL": f"postgres://cts_app:none@{CLOSED}/none",
    "REDIS_URL": f"redis://{CLOSED}/0",
    "PUBLIC_URL": "http://testserver",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "DEBUG": "0",
    "DEMO": "0",
    "TWILIO_BASE_URL": f"http://{CLOSED}",
    "SENDGRID_BASE_URL": f"http://{CLOSED}",
    "DNS_NAMESERVERS": CLOSED,
    "EMAIL_HOST": "127.0.0.1",
    "EMAIL_PORT": "1",
    "EMAIL_HOST_USER": "",
    "EMAIL_HOST_PASSWORD": "",
    "FROM_EMAIL": "",
    "LOG_LEVEL": "WARNING",
    # Playwright's synchronous API runs an event loop in the test's thread; the product has none.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
}

if __name__ == "__main__":
    os.environ.update(VALUES)
    os.execvp(sys.argv[1], sys.argv[1:])
