"""The words of what a campaign may begin with. Each passes the review it will meet; none says what somebody was seen for.

A practice's own speciality stands in the label only, which nobody is sent: a text on a locked screen tells a neighbour no more
than that somebody has been at a practice of this name.
"""

from __future__ import annotations

from campaigns.greeting_words import GREETINGS
from campaigns.starter_parts import Starter, Words
from tenants.models import Channel, Purpose

_RECALL_TEXT = (
    "Hi {{ first_name }}, this is {{ practice_name }}. It has been a while since we saw you. "
    "To find a time, call {{ practice_phone }}."
)
_RECALL_MAIL = """Hello {{ first_name }},

it has been a while since we saw you, and we would be glad to have you back.

To find a time that suits you, call {{ practice_phone }}.

Your team at {{ practice_name }}"""
_WIN_BACK = """Hello {{ first_name }},

it has been some time since your last visit to {{ practice_name }}. We would love to show you what is new.

To come by, call {{ practice_phone }}.

Your team at {{ practice_name }}"""
_WIN_BACK_AGAIN = """Hello {{ first_name }},

a short reminder from {{ practice_name }}: your place is still here. To come by, call {{ practice_phone }}.

Your team at {{ practice_name }}"""
_WELCOME = "Hi {{ first_name }}, welcome to {{ practice_name }}! To find a time or to ask us anything, call {{ practice_phone }}."
_PAPERWORK = (
    "Hi {{ first_name }}, this is {{ practice_name }}. Some of your paperwork is not complete yet. "
    "For help with it, call {{ practice_phone }}."
)
_CHECK_IN = (
    "Hi {{ first_name }}, this is {{ practice_name }}. We hope your visit went well. "
    "If there is anything you would like to ask, call {{ practice_phone }}."
)
STARTERS = {
    "blank": Starter("Blank", "Start with no message.", Purpose.MARKETING, ()),
    "recall": Starter(
        "Recall: a text, then an e-mail",
        "For patients who have not been in for a while. Says nothing about treatment.",
        Purpose.RECALL,
        (
            Words(Channel.SMS, 0, "", _RECALL_TEXT),
            Words(Channel.EMAIL, 3, "A note from {{ practice_name }}", _RECALL_MAIL),
        ),
    ),
    "win_back": Starter(
        "Win-back: two e-mails",
        "Invites former clients back. Goes as marketing; add your offer to the words.",
        Purpose.MARKETING,
        (
            Words(Channel.EMAIL, 0, "We would love to see you again", _WIN_BACK),
            Words(Channel.EMAIL, 10, "Still thinking about it?", _WIN_BACK_AGAIN),
        ),
    ),
    "welcome": Starter(
        "Welcome: one text",
        "For people who asked about a first visit and said yes to texts.",
        Purpose.CARE,
        (Words(Channel.SMS, 0, "", _WELCOME),),
    ),
    "paperwork": Starter(
        "Paperwork: one text",
        "Reminds of forms that are still open. Says nothing about what they are for.",
        Purpose.CARE,
        (Words(Channel.SMS, 0, "", _PAPERWORK),),
    ),
    "check_in": Starter(
        "After a visit: one text",
        "Asks how it went. No offer, or it becomes marketing.",
        Purpose.CARE,
        (Words(Channel.SMS, 0, "", _CHECK_IN),),
    ),
}

_SIGNED = "\n\nYour team at {{ practice_name }}"
_TIME = "To find a time that suits you, call {{ practice_phone }}."
STARTERS |= {
    "dental_recall": Starter(
        "Dental recall: text, e-mail, last text",
        "For patients whose regular visit is overdue. Three messages over two weeks.",
        Purpose.RECALL,
        (
            Words(
                Channel.SMS,
                0,
                "",
                "Hi {{ first_name }}, this is {{ practice_name }}. It is time for your regular visit. "
                "To find a time, call {{ practice_phone }}.",
            ),
            Words(
                Channel.EMAIL,
                4,
                "Time for a visit to {{ practice_name }}",
                "Hello {{ first_name }},\n\nit has been a while since you were here, and your regular visit is due. "
                "Mornings and late afternoons still have room.\n\n" + _TIME + _SIGNED,
            ),
            Words(
                Channel.SMS,
                14,
                "",
                "Hi {{ first_name }}, {{ practice_name }} once more. We would be glad to see you. "
                "For a time that suits you, call {{ practice_phone }}.",
            ),
        ),
        "Dental",
    ),
    "dental_mail": Starter(
        "Dental recall: two e-mails",
        "For a practice that sends no texts, or for patients who gave no number.",
        Purpose.RECALL,
        (
            Words(
                Channel.EMAIL,
                0,
                "Your next visit to {{ practice_name }}",
                "Hello {{ first_name }},\n\nour records show that your last visit was some time ago. "
                "We keep times open for people who have not been in for a while.\n\n" + _TIME + _SIGNED,
            ),
            Words(
                Channel.EMAIL,
                9,
                "May we keep a time for you?",
                "Hello {{ first_name }},\n\na short note from {{ practice_name }}: we have not heard from you yet. "
                "If you have moved or see somebody else now, tell us and we stop writing.\n\n"
                + _TIME
                + _SIGNED,
            ),
        ),
        "Dental",
    ),
    "optical_recall": Starter(
        "Optical recall: a text, then an e-mail",
        "For people whose yearly visit is overdue. Says nothing about what was found.",
        Purpose.RECALL,
        (
            Words(
                Channel.SMS,
                0,
                "",
                "Hi {{ first_name }}, this is {{ practice_name }}. Your yearly visit is due. "
                "To find a time, call {{ practice_phone }}.",
            ),
            Words(
                Channel.EMAIL,
                5,
                "Your yearly visit to {{ practice_name }}",
                "Hello {{ first_name }},\n\na year goes by quickly, and your yearly visit is due. "
                "It takes less than an hour.\n\n" + _TIME + _SIGNED,
            ),
        ),
        "Optical",
    ),
    "optical_news": Starter(
        "Optical: new in the shop, one e-mail",
        "Invites former customers to look around. Goes as marketing.",
        Purpose.MARKETING,
        (
            Words(
                Channel.EMAIL,
                0,
                "New frames at {{ practice_name }}",
                "Hello {{ first_name }},\n\nwe have new frames in, and we think you would like some of them. "
                "Come by and try them on; nobody has to buy anything.\n\n" + _TIME + _SIGNED,
            ),
        ),
        "Optical",
    ),
    "med_spa_return": Starter(
        "Med spa: an e-mail, then a text",
        "Invites former guests back. Goes as marketing; texts reach only those who agreed to them in writing.",
        Purpose.MARKETING,
        (
            Words(
                Channel.EMAIL,
                0,
                "We would love to have you back",
                "Hello {{ first_name }},\n\nit has been some time since you were with us. "
                "A quiet hour for yourself is a call away.\n\n" + _TIME + _SIGNED,
            ),
            Words(
                Channel.SMS,
                6,
                "",
                "Hi {{ first_name }}, this is {{ practice_name }}. We would love to have you back. "
                "To find a time, call {{ practice_phone }}.",
            ),
        ),
        "Med spa",
    ),
    "med_spa_season": Starter(
        "Med spa: news of the season, two e-mails",
        "Tells former guests what is new. Goes as marketing; add your offer to the words.",
        Purpose.MARKETING,
        (
            Words(
                Channel.EMAIL,
                0,
                "What is new at {{ practice_name }}",
                "Hello {{ first_name }},\n\na new season has begun, and so have some new things at {{ practice_name }}. "
                "Ask us about them, or come by for a look.\n\n" + _TIME + _SIGNED,
            ),
            Words(
                Channel.EMAIL,
                12,
                "An hour for yourself",
                "Hello {{ first_name }},\n\nwe kept a few times open this month, in the evening too. "
                "One of them may suit you.\n\n" + _TIME + _SIGNED,
            ),
        ),
        "Med spa",
    ),
    "physio_pause": Starter(
        "Physiotherapy: after a pause, text and e-mail",
        "For people who stopped coming half way. Asks how they are getting on, and names nothing else.",
        Purpose.RECALL,
        (
            Words(
                Channel.SMS,
                0,
                "",
                "Hi {{ first_name }}, this is {{ practice_name }}. We have not seen you for a while. "
                "To go on where you left off, call {{ practice_phone }}.",
            ),
            Words(
                Channel.EMAIL,
                5,
                "How are you getting on?",
                "Hello {{ first_name }},\n\nwe have not seen you at {{ practice_name }} for a while and wonder how you are getting on. "
                "If you would like to go on, we find a time with you.\n\n" + _TIME + _SIGNED,
            ),
        ),
        "Physiotherapy",
    ),
    "physio_yearly": Starter(
        "Physiotherapy: a yearly look, two e-mails",
        "For former patients, once a year.",
        Purpose.RECALL,
        (
            Words(
                Channel.EMAIL,
                0,
                "A yearly visit to {{ practice_name }}",
                "Hello {{ first_name }},\n\nit is about a year since your last visit. Many people come by once a year, "
                "to see whether everything is as it should be.\n\n" + _TIME + _SIGNED,
            ),
            Words(
                Channel.EMAIL,
                10,
                "A short note from {{ practice_name }}",
                "Hello {{ first_name }},\n\nif you would like to come by, we are glad to find a time with you. "
                "If not, there is nothing to do.\n\n" + _TIME + _SIGNED,
            ),
        ),
        "Physiotherapy",
    ),
}
STARTERS |= GREETINGS
FIELDS = tuple(dict.fromkeys(each.field for each in STARTERS.values()))
