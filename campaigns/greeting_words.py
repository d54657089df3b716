"""Welcomes that go by themselves to whoever becomes known: the words to begin with."""

from __future__ import annotations

from campaigns.starter_parts import Starter, Words
from tenants.models import Channel, Purpose

_FIELD = "Sent by itself to new people"
_HELLO = "{{ hello }}, welcome to {{ practice_name }}! "
# The first text after a yes says how many come, what they cost, and how to get help and out (CTIA).
_REACH = (
    "You can text us here or call {{ practice_phone }}. Up to 4 msgs a month. Msg & data rates may apply. "
    "Reply HELP for help, STOP to opt out."
)
GREETINGS = {
    "greeting": Starter(
        "Welcome by itself: one text",
        "To each new person who says yes to texts, soon after.",
        Purpose.CARE,
        (Words(Channel.SMS, 0, "", _HELLO + _REACH),),
        _FIELD,
        greets=True,
    ),
    "greeting_paperwork": Starter(
        "Welcome by itself, then paperwork",
        "A welcome, and a day later a word on the forms to bring.",
        Purpose.CARE,
        (
            Words(Channel.SMS, 0, "", _HELLO + _REACH),
            Words(
                Channel.SMS,
                1,
                "",
                "{{ hello }}, {{ practice_name }} here. Please come a few minutes early, so that there is time for the paperwork. "
                "For help with it, call {{ practice_phone }}.",
            ),
        ),
        _FIELD,
        greets=True,
    ),
    "greeting_time": Starter(
        "Welcome by itself, then how to find a time",
        "A welcome, and two days later whom to call for a time.",
        Purpose.CARE,
        (
            Words(Channel.SMS, 0, "", _HELLO + _REACH),
            Words(
                Channel.SMS,
                2,
                "",
                "{{ hello }}, {{ practice_name }} here. If you have no time with us yet, call {{ practice_phone }} "
                "and we find one.",
            ),
        ),
        _FIELD,
        greets=True,
    ),
    "greeting_check_in": Starter(
        "Welcome by itself, then a check-in",
        "A welcome, and a week later the question whether anything is open.",
        Purpose.CARE,
        (
            Words(Channel.SMS, 0, "", _HELLO + _REACH),
            Words(
                Channel.SMS,
                7,
                "",
                "{{ hello }}, {{ practice_name }} here. If there is anything you would like to ask, text us here or call "
                "{{ practice_phone }}.",
            ),
        ),
        _FIELD,
        greets=True,
    ),
}
