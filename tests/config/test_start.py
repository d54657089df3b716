"""A wrong configuration stops the start with a sentence that names what to set."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from config.env import ROOT
from tests.environment import VALUES


def start_with(**changed: str) -> str:
    """The last line that `manage.py check` writes with these settings changed, if it fails."""
    env = {**os.environ, **VALUES, **changed}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    return done.stderr.strip().splitlines()[-1] if done.returncode else ""


def test_the_test_settings_are_right() -> None:
    assert start_with() == ""


@pytest.mark.parametrize(
    "name, value, sentence",
    [
        ("SECRET_KEY", "", "Set SECRET_KEY"),
        ("DATABASE_URL", "", "Set DATABASE_URL"),
        ("DATABASE_URL", "mysql://h/x", "DATABASE_URL must begin with postgres://"),
        ("REDIS_URL", "", "Set REDIS_URL"),
        ("PUBLIC_URL", "", "Set PUBLIC_URL"),
        ("PUBLIC_URL", "cts.example.com", "PUBLIC_URL must be scheme://host"),
        ("PUBLIC_URL", "http://cts.example.com", "PUBLIC_URL must begin with https://"),
        ("FIELD_ENCRYPTION_KEYS", "", "Set FIELD_ENCRYPTION_KEYS"),
        ("HASH_KEYS", "", "Set HASH_KEYS"),
        ("HASH_KEYS", "1:zz", "HASH_KEYS must read"),
        ("HASH_KEYS", "1:00ff", "Set HASH_KEYS to version:hex pairs of at least 32 bytes"),
        ("DEBUG", "maybe", "set it to 1 or 0"),
        ("EMAIL_PORT", "smtp", "EMAIL_PORT is 'smtp': set it to a whole number"),
        (
            "TEXT_SEGMENT_DOLLARS",
            "1 cent",
            "TEXT_SEGMENT_DOLLARS is '1 cent': set it to an amount in dollars",
        ),
        ("TEXT_SEGMENT_DOLLARS", "-1", "TEXT_SEGMENT_DOLLARS is '-1'"),
        ("TEXT_SEGMENT_DOLLARS", "nan", "TEXT_SEGMENT_DOLLARS is 'nan'"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str, sentence: str) -> None:
    assert sentence in start_with(**{name: value})


@pytest.mark.parametrize("value", ["short", "dG9vIHNob3J0", "not base64 at all but long enough to be one!!"])
def test_an_encryption_key_that_is_none_is_named_at_the_start(value: str) -> None:
    assert "FIELD_ENCRYPTION_KEYS" in start_with(FIELD_ENCRYPTION_KEYS=value)
