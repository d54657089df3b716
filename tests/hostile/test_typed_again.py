"""What was typed comes back with the sentence that says what is wrong: nobody types a form twice."""

from __future__ import annotations

from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.desk import FORMS, desk

pytestmark = pytest.mark.django_db

# A field left empty or wrong, and what must still stand in the form that comes back.
WRONG: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "client_new": ({"name": ""}, ("Legal Name & Sons",)),
    "settings": ({"days": []}, ("Legal Name & Sons", "https://typed.example")),
    "location_new": ({"name": "Main"}, ("(574) 231-0677",)),
    "location": ({"name": ""}, ("(574) 231-0677",)),
    "campaign_new": ({"starter": "none"}, ("Typed & kept",)),
    "rule": ({"days_valid": "0"}, ("Typed & kept", "2019-05-06")),
    "words": ({"delay_days": "soon"}, ("Hello {{ first_name }} & all",)),
    "mail": ({"delay_days": "-1"}, ("A subject & more", "Hello {{ first_name }} & all")),
    "sender_sms": ({"messaging_service": "x"}, ("(574) 231-0688",)),
    "sender_email": ({"dkim_selectors": "../x"}, ("typed@brightsmiles.example", "Typed & kept")),
    "account_twilio": ({"account_id": "AC-typed"}, ("AC-typed",)),
    "account_smtp": ({"port": "0"}, ("mail.typed.example",)),
    "agreement": ({"signed_on": "2999-01-01"}, ("Typed & kept",)),
    "address": ({"zip_code": "4"}, ("2 Typed Ave", "Typedville")),
    "certificate": ({"agreed": ""}, ("Typed & kept",)),
    "contact_new": ({"state": "Atlantis"}, ("Typed & kept", "(574) 231-0655")),
    "consent": ({"told_optional": ""}, ("REC-typed", "Typed & kept")),
    "opt_out": ({"addresses": []}, ("Typed & kept",)),
    "pause_contact": ({"reason": "Typed & kept" * 9}, ("Typed & kept",)),
    "hold": ({"contact_id": "999999"}, ("Typed & kept",)),
    "pack": ({"since": "2025-02-29"}, ("2025-02-29",)),
    "person": ({"role": "none"}, ("Typed & kept", "typed@example.net")),
    "team_invite": ({"role": "none"}, ("Typed & kept", "typed@example.net")),
    "emergency": ({"hours": "99"}, ("typed-client", "Typed & kept, it burns")),
    "sign_up": ({"purposes": []}, ("Typed & kept", "Typed wording & all")),
    "answer": ({"words": "Hello {{ secret }}, typed & kept"}, ("Hello {{ secret }}, typed & kept",)),
    "ready_words": ({"words": "Hello {{ secret }}"}, ("Typed & kept", "Hello {{ secret }}")),
    "listener": ({"kinds": []}, ("Typed & kept", "https://typed.brightsmiles.example/in")),
    "ending": ({"name": "Typed & kept"}, ("Typed & kept",)),
    "signing_rule": ({"how": "none"}, ('value="1"',)),
    "team_questions": ({"questions_to": "typed & kept"}, ("typed & kept",)),
    "team_test_phone": ({"test_phone": "12 typed"}, ("12 typed",)),
}
TYPED: dict[str, dict[str, Any]] = {
    "contact_new": {"first_name": "Typed & kept", "phone": "(574) 231-0655"},
    "client_new": {"legal_name": "Legal Name & Sons"},
    "settings": {"legal_name": "Legal Name & Sons", "website": "https://typed.example"},
    "location_new": {"phone": "(574) 231-0677"},
    "location": {"phone": "(574) 231-0677"},
    "campaign_new": {"name": "Typed & kept"},
    "rule": {"name": "Typed & kept", "last_visit_after": "2019-05-06"},
    "words": {"body": "Hello {{ first_name }} & all"},
    "mail": {"body": "Hello {{ first_name }} & all", "subject": "A subject & more"},
    "sender_sms": {"address": "(574) 231-0688"},
    "sender_email": {"address": "typed@brightsmiles.example", "display_name": "Typed & kept"},
    "account_smtp": {"host": "mail.typed.example"},
    "agreement": {"parties": "Typed & kept"},
    "address": {"line": "2 Typed Ave", "city": "Typedville"},
    "certificate": {"typed_name": "Typed & kept"},
    "consent": {"reference": "REC-typed", "taken_by": "Typed & kept"},
    "opt_out": {"note": "Typed & kept"},
    "hold": {"reason": "Typed & kept"},
    "emergency": {"client": "typed-client", "reason": "Typed & kept, it burns"},
    "sign_up": {"name": "Typed & kept", "wording": "Typed wording & all"},
    "ready_words": {"name": "Typed & kept"},
    "listener": {"name": "Typed & kept", "url": "https://typed.brightsmiles.example/in"},
    "person": {"name": "Typed & kept", "email": "typed@example.net"},
    "team_invite": {"name": "Typed & kept", "email": "typed@example.net"},
}
# Buttons with one field: the page they come from answers with a message instead.
ONE_FIELD = {"covered", "keep", "pause", "stop", "comment", "clear", "bookings", "opt_out_list"}


def test_every_form_of_the_desk_is_tried() -> None:
    assert set(WRONG) | ONE_FIELD == set(FORMS)


def test_what_was_typed_comes_back(settings: Any, tmp_path: Path) -> None:
    settings.UPLOAD_DIR, settings.DEMO = str(tmp_path), True
    at, lost = desk(), []
    for form, (wrong, kept) in WRONG.items():
        answer = at.post(form, TYPED.get(form, {}) | wrong)
        page = unescape(answer.content.decode())
        if answer.status_code != 422:
            lost.append((form, answer.status_code))
        lost += [(form, typed) for typed in kept if typed not in page]
    assert lost == []
