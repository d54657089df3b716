"""Segments, against a counter that somebody else wrote."""

from __future__ import annotations

import pytest
from smsutil import GSM, Segment, Splitter  # type: ignore[attr-defined]
