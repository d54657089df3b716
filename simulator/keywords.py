"""What a carrier does on its own when a person texts a keyword."""

from __future__ import annotations

STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START = frozenset({"START", "YES", "UNSTOP"})
HELP = frozenset({"HELP", "INFO"})
# A toll-free number is blocked by the network itself, which knows fewer words.
TOLL_FREE_STOP = frozenset({"STOP"})
TOLL_FREE_START = frozenset({"START", "UNSTOP"})
TOLL_FREE_CODES = ("+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888")

ANSWERS = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from this "
    "number. Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}
TOLL_FREE_STOP_ANSWER = (
    'NETWORK MSG: You replied with the word "stop" which blocks all texts sent from this number. '
    'Text back "unstop" to receive messages again.'
)


def keyword(body: str, number: str) -> str | None:
    """STOP, START or HELP when the whole message is one such word, in any case, texted to `number`."""
    word = body.strip().upper()
    toll_free = number.startswith(TOLL_FREE_CODES)
    if word in (TOLL_FREE_STOP if toll_free else STOP):
        return "STOP"
    if word in (TOLL_FREE_START if toll_free else START):
        return "START"
    return "HELP" if word in HELP else None


def answer(word: str, number: str) -> str:
    """The carrier's own one answer to a keyword."""
    if word == "STOP" and number.startswith(TOLL_FREE_CODES):
        return TOLL_FREE_STOP_ANSWER
    return ANSWERS[word]
