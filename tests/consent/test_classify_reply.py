"""The command that says what each line would be taken for: whatever bytes the lines hold."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command

READS = b"STOP\nS\xffTOP \xc3\nsee you\n"


def said(monkeypatch: pytest.MonkeyPatch, given: io.TextIOBase) -> list[str]:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdin", given)
    call_command("classify_reply", stdout=out)
    return [line.split("\t")[0] for line in out.getvalue().splitlines()]


def test_a_byte_that_is_no_letter_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = io.TextIOWrapper(io.BytesIO(READS), encoding="utf-8")
    assert said(monkeypatch, lines) == ["opt_out", "opt_out", "other"]


def test_lines_without_bytes_behind_them_are_read_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(monkeypatch, io.StringIO("STOP\nsee you\n")) == ["opt_out", "other"]
