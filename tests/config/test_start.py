"""A wrong configuration stops the start with a sentence that names what to set, and never repeats a secret."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.env import ROOT
from tests.environment import VALUES

KEY = VALUES["FIELD_ENCRYPTION_KEYS"].partition(",")[0]
HEX = "11" * 32
WRONG = [
    # setting, what it is set to, what the sentence says
    ("SECRET_KEY", "", "Set SECRET_KEY"),
    ("SECRET_KEY", "hunter2", "SECRET_KEY is too short"),
    ("PUBLIC_URL", "", "Set PUBLIC_URL"),
    ("PUBLIC_URL", "cts.example.com", "PUBLIC_URL must begin with https://"),
    ("PUBLIC_URL", "http://cts.example.com", "PUBLIC_URL must begin with https://"),
    ("PUBLIC_URL", "https://user:pass@cts.example.com:8443", "with no user, password or path"),
    ("PUBLIC_URL", "https://cts.example.com/app", "with no user, password or path"),
    ("PUBLIC_URL", "https://cts.example.com?a=b", "with no user, password or path"),
    ("PUBLIC_URL", "https://cts.example.com:99999", "PUBLIC_URL must begin with https://"),
    ("PUBLIC_URL", "https://[::1", "PUBLIC_URL must begin with https://"),
    ("PUBLIC_URL", "ftp://cts.example.com", "PUBLIC_URL must begin with https://"),
    ("ALLOWED_HOSTS", "*", "ALLOWED_HOSTS must be host names"),
    ("ALLOWED_HOSTS", "https://cts.example.com", "ALLOWED_HOSTS must be host names"),
    ("DATABASE_URL", "", "Set DATABASE_URL"),
    ("DATABASE_URL", "mysql://h/x", "DATABASE_URL must begin with postgres://"),
    ("DATABASE_URL", "postgres://cts_app:hunter2@host:port/cts", "DATABASE_URL must begin with postgres://"),
    ("DATABASE_URL", "postgres://host/cts", "DATABASE_URL must name a role and a database"),
    ("DATABASE_URL", "postgres://cts_app:hunter2@host/", "DATABASE_URL must name a role and a database"),
    ("REDIS_URL", "", "Set REDIS_URL"),
    ("REDIS_URL", "127.0.0.1:6379", "REDIS_URL must begin with redis://"),
    ("REDIS_URL", "http://127.0.0.1:6379", "REDIS_URL must begin with redis://"),
    ("BROKER_URL", "sqs://", "BROKER_URL must begin with redis://"),
    ("FIELD_ENCRYPTION_KEYS", "", "Set FIELD_ENCRYPTION_KEYS"),
    ("FIELD_ENCRYPTION_KEYS", "short", "FIELD_ENCRYPTION_KEYS must hold Fernet keys"),
    ("FIELD_ENCRYPTION_KEYS", "dG9vIHNob3J0", "FIELD_ENCRYPTION_KEYS must hold Fernet keys"),
    (
        "FIELD_ENCRYPTION_KEYS",
        f"{KEY},hunter2 not base64 at all but long!",
        "FIELD_ENCRYPTION_KEYS must hold",
    ),
    ("HASH_KEYS", "", "Set HASH_KEYS"),
    ("HASH_KEYS", "1:hunter2", "HASH_KEYS must read"),
    ("HASH_KEYS", HEX, "HASH_KEYS must read"),
    ("HASH_KEYS", "1:00ff", "Set HASH_KEYS to version:hex pairs of at least 32 bytes"),
    ("HASH_KEYS", f"1:{HEX},2:{HEX}", "newest first"),
    ("HASH_KEYS", f"1:{HEX},1:{'22' * 32}", "each version once"),
    ("HASH_KEYS", f"0:{HEX}", "from 1 up"),
    ("HASH_KEYS", f"99999:{HEX}", "HASH_KEYS must read"),
    ("UPLOAD_DIR", "uploads", "UPLOAD_DIR must be the full path of a folder"),
    ("UPLOAD_DIR", str(ROOT / "manage.py"), "UPLOAD_DIR must be the full path of a folder"),
    ("LIST_FOLDERS_DIR", "lists", "LIST_FOLDERS_DIR must be the full path of a folder"),
    ("EMAIL_HOST", "smtp://mail.example.com", "EMAIL_HOST is 'smtp://mail.example.com'"),
    ("EMAIL_HOST", "mail.example.com:587", "set it to a host name alone"),
    ("EMAIL_PORT", "smtp", "EMAIL_PORT is 'smtp': set it to a whole number from 1 to 65535"),
    ("EMAIL_PORT", "0", "EMAIL_PORT is '0'"),
    ("EMAIL_PORT", "65536", "EMAIL_PORT is '65536'"),
    ("EMAIL_PORT", "٥٨٧", "EMAIL_PORT is"),
    ("EMAIL_HOST_USER", "mailer", "Set EMAIL_HOST_USER and EMAIL_HOST_PASSWORD both"),
    ("EMAIL_HOST_PASSWORD", "hunter2", "Set EMAIL_HOST_USER and EMAIL_HOST_PASSWORD both"),
    ("EMAIL_USE_TLS", "starttls", "EMAIL_USE_TLS is 'starttls': set it to 1 or 0"),
    ("FROM_EMAIL", "Clear to Send", "FROM_EMAIL must be an address"),
    ("FROM_EMAIL", "a@example.com, b@example.com", "FROM_EMAIL must be an address"),
    ("FROM_EMAIL", "A <a@example.com>\nBcc: b@example.com", "FROM_EMAIL must be an address"),
    ("TWILIO_BASE_URL", "api.example.com", "TWILIO_BASE_URL must begin with https://"),
    ("TWILIO_BASE_URL", "http://api.example.com", "TWILIO_BASE_URL must begin with https://"),
    ("TWILIO_BASE_URL", "https://me:hunter2@api.example.com", "with no user and no query"),
    ("SENDGRID_BASE_URL", "file:///etc/passwd", "SENDGRID_BASE_URL must begin with https://"),
    ("SENDGRID_BASE_URL", "http://169.254.169.254/", "SENDGRID_BASE_URL must begin with https://"),
    ("DNS_NAMESERVERS", "udp://9.9.9.9", "DNS_NAMESERVERS must be host[:port]"),
    ("DNS_NAMESERVERS", "9.9.9.9:dns", "DNS_NAMESERVERS must be host[:port]"),
    ("TEXT_SEGMENT_DOLLARS", "1 cent", "TEXT_SEGMENT_DOLLARS is '1 cent': set it to an amount in dollars"),
    ("TEXT_SEGMENT_DOLLARS", "-1", "TEXT_SEGMENT_DOLLARS is '-1'"),
    ("TEXT_SEGMENT_DOLLARS", "nan", "TEXT_SEGMENT_DOLLARS is 'nan'"),
    ("LOG_LEVEL", "LOUD", "LOG_LEVEL is 'LOUD': set it to one of"),
    ("DEBUG", "maybe", "DEBUG is 'maybe': set it to 1 or 0"),
    ("DEMO", "2", "DEMO is '2': set it to 1 or 0"),
    ("TRUST_PROXY", "x", "TRUST_PROXY is 'x': set it to 1 or 0"),
    ("SSL_REDIRECT", "x", "SSL_REDIRECT is 'x': set it to 1 or 0"),
    ("STATIC_FROM_SOURCE", "x", "STATIC_FROM_SOURCE is 'x': set it to 1 or 0"),
    ("STATIC_MANIFEST", "x", "STATIC_MANIFEST is 'x': set it to 1 or 0"),
]
# What only matters behind others is tried with them.
WITH = {
    "SSL_REDIRECT": {"PUBLIC_URL": "https://cts.example.com"},
    "STATIC_MANIFEST": {"STATIC_FROM_SOURCE": "0"},
}
RIGHT = [
    ("PUBLIC_URL", "https://cts.example.com/"),
    ("PUBLIC_URL", "https://cts.example.com:8443"),
    ("REDIS_URL", "rediss://:secret@cache.example.com:6380/0"),
    ("BROKER_URL", "amqps://cts:secret@queue.example.com:5671/cts"),
    ("HASH_KEYS", f"7:{HEX},2:{HEX}"),
    ("EMAIL_HOST", "192.0.2.25"),
    ("EMAIL_HOST", "2001:db8::25"),
    ("FROM_EMAIL", "no-reply@example.com"),
    ("FROM_EMAIL", "Clear to Send <no-reply@example.com>"),
    ("DNS_NAMESERVERS", "9.9.9.9,127.0.0.1:5353,[2620:fe::fe]:53,2620:fe::9,dns.example.com:53"),
    ("TWILIO_BASE_URL", "https://api.example.com/twilio/"),
    ("LOG_LEVEL", "debug"),
    ("UPLOAD_DIR", "/nowhere/yet"),
]


@pytest.fixture
def settings_with(monkeypatch: pytest.MonkeyPatch) -> Any:
    def read(**changed: str) -> dict[str, Any]:
        for name, value in {**VALUES, **changed}.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "config" / "settings.py"))

    return read


@pytest.mark.parametrize("name, value, sentence", WRONG)
def test_a_wrong_setting_is_named(settings_with: Any, name: str, value: str, sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured) as stopped:
        settings_with(**WITH.get(name, {}), **{name: value})
    assert sentence in str(stopped.value)
    assert "hunter2" not in str(stopped.value)
    assert stopped.value.__cause__ is None
    assert stopped.value.__suppress_context__ or stopped.value.__context__ is None


@pytest.mark.parametrize("name, value", RIGHT)
def test_a_right_setting_is_taken(settings_with: Any, name: str, value: str) -> None:
    assert settings_with(**{name: value})


def test_every_setting_there_is_was_tried_wrong() -> None:
    read = set()
    for place in ("settings.py", "env.py"):
        text = (ROOT / "config" / place).read_text()
        read |= set(re.findall(r'(?:env\.\w+|_database)\(\s*"([A-Z_]+)"', text))
    assert read - {name for name, _, _ in WRONG} == set()


def test_an_address_with_a_slash_behind_it_is_the_same_address(settings_with: Any) -> None:
    assert settings_with(PUBLIC_URL="https://cts.example.com/")["PUBLIC_URL"] == "https://cts.example.com"


def test_behind_https_no_cookie_goes_in_the_clear_and_none_is_a_scripts_to_read(settings_with: Any) -> None:
    read = settings_with(PUBLIC_URL="https://cts.example.com")
    for cookie in ("SESSION_COOKIE", "CSRF_COOKIE"):
        assert read[f"{cookie}_SECURE"]
        assert read[f"{cookie}_HTTPONLY"]
        assert read[f"{cookie}_NAME"].startswith("__Host-")


@pytest.mark.parametrize(
    "program",
    [
        ["manage.py", "check"],
        ["-m", "gunicorn", "config.wsgi:application", "--bind", "127.0.0.1:0", "--no-control-socket"],
        ["-m", "celery", "-A", "config", "worker"],
        ["-m", "celery", "-A", "config", "beat", "--schedule", "/nowhere/schedule"],
    ],
    ids=["manage", "web", "worker", "beat"],
)
def test_every_program_stops_at_once_and_says_the_sentence(program: list[str], tmp_path: Path) -> None:
    env = {**os.environ, **VALUES, "EMAIL_PORT": "smtp"}
    done = subprocess.run(
        [sys.executable, *program], cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode != 0
    assert "EMAIL_PORT is 'smtp': set it to a whole number" in done.stdout + done.stderr
