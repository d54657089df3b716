"""When a person may be texted: the hours that every law, and the client, leave open, as spans of UTC.

Rules TCPA-QUIET-HOURS, STATE-HOURS, STATE-HOLIDAY and SEND-WINDOW-HOUSE over the candidate places of
``consent.places``. Pure functions over the tables beside this file; a daily job writes their answers as rows.
"""

from __future__ import annotations

from compliance.hours.holidays import holidays
from compliance.hours.law import RULES_VERSION, StateLaw, law_for, overdue_reviews
from compliance.hours.own import HOUSE, OwnHours
from compliance.hours.spans import Closed, Edge, Span, Spans, spans
from compliance.hours.window import Hours

__all__ = [
    "HOUSE",
    "RULES_VERSION",
    "Closed",
    "Edge",
    "Hours",
    "OwnHours",
    "Span",
    "Spans",
    "StateLaw",
    "holidays",
    "law_for",
    "overdue_reviews",
    "spans",
]
