"""What a person's reply means for whether they may be contacted: pure, no database (rules 1.4, decisions 10).

Providers act on exact single words only; the law (47 CFR 64.1200(a)(10)) on any wording a reasonable person
would read as a no. Exact words and clear phrases are an opt-out at once. What is negative or doubtful is
`unsure`: nothing more is sent until a person has read it. When in doubt the answer is the stricter one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Label(StrEnum):
    """The values are those of `messaging.Inbound.Label`."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    HELP = "help"
    UNSURE = "unsure"
    OTHER = "other"


BOOKED = "says they have booked"  # a matter for a person: the label is what the other words make it
WRONG_NUMBER = "wrong number"  # this rule also marks the number unsafe for everybody (decisions 7)


@dataclass(frozen=True)
class Reply:
    """The label, and the rule that decided it (shown to people, stored with the reply)."""

    label: Label
    rule: str


# Rules 1.4, tier 1: the whole message, once spaces are squeezed. The Spanish and French words among them.
STOP_WORDS = (
    "stop", "stopall", "stop all", "stop please", "please stop", "stop now", "stop it", "stop this", "unsubscribe", "unsub",
    "unsubscribe me", "unsubscribe all", "cancel", "end", "quit", "revoke", "optout", "opt out", "opt me out", "remove", "remove me",
    "remove please", "exit", "cease", "desist", "alto", "parar", "pare", "para", "paren", "detener", "detenga", "cancelar", "baja",
    "dar de baja", "darme de baja", "no mas", "basta", "arret", "arreter", "stop thanks", "stop thank you", "no more", "desuscribir",
    "stop txt", "stop text", "no texts", "salir", "eliminar",
)  # fmt: skip
START_WORDS = ("start", "unstop", "yes")
HELP_WORDS = ("help", "info", "ayuda")

# Tier 2, regex A of the rules and its phrases, on folded text (dont for don't, opt out for opt-out).
_CONTACT = (
    r"(?:text|texts|texting|txt|txts|message|messages|messaging|msg|msgs|contact|contacting|calling|call|calls|sending|"
    r"send|email|emails|emailing|mail|mails|mailing|spamming|bothering|bother|reminders?|notifications?)"
)
_WISHED = (
    r"(?:to )?(?:be (?:contact|text|call|email|messag|bother)\w*|hear|receive|get|(?:any|these|this|your) (?:more )?"
    + _CONTACT
    + ")"
)
_PHRASES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("asks to stop contact", rf"\b(?:stop|quit|cease|end|no more|dont|do not|never|discontinue)\b.{{0,25}}\b{_CONTACT}\b"),
        ("asks to be removed", r"\b(?:take|remove|delete|drop|get|scratch)\b.{0,10}\b(?:me|my|us|our|this)\b.{0,25}\b(?:off|from)\b"),
        ("asks to be removed", r"\b(?:remove|delete|lose|drop|erase)\b.{0,10}\b(?:my|our|this)\b.{0,15}\b"
         r"(?:number|name|phone|email|address|info|information|data)\b"),
        ("asks to be removed", r"\btake me off\b|\bremove (?:me|my)\b|\bdelete me\b"),
        ("asks to be left alone", r"\bleave me alone\b|\bgo away\b|\bstop (?:harassing|bugging|bothering|spamming|it|this)\b"),
        ("says not interested", r"\b(?:not|no longer|never) interested\b|\bno (?:me )?interesa\b"),
        ("opts out", r"\bopt(?:ing|ed)? ?(?:me )?out\b|\b(?:un|de)subscri\w*\b|\bunsuscribe\w*\b|\bdesuscri\w*\b"),
        ("revokes consent", r"\b(?:revoke|withdraw|rescind)\w*\b.{0,25}\b(?:consent|permission|authorization)\b|"
         r"\b(?:do not|dont) consent\b"),
        ("threatens", r"\bcease and desist\b|\b(?:lawyer|attorney|lawsuit|suing)\b|\bsue (?:you|u|your)\b|"
         r"\breport (?:you|this|u)\b|\b(?:fcc|ftc|tcpa)\b"),
        ("calls it spam or harassment", r"\bspam\w*\b|\bharass\w*\b|\bacoso\b"),
        ("does not wish contact", rf"\b(?:do not|dont|no longer) (?:wish|want|care) {_WISHED}\b"),
        ("asks in Spanish", r"\bno mas\b|\bno (?:me )?(?:escriba|llame|mande|envie|contacte|moleste)n?\b|\bdar(?:me)? de baja\b|"
         r"\bdej[ea]n? de\b|\bno (?:quiero|deseo)\b|\b(?:quit|borr|elimin)[ae]n?me\b"),
        ("asks in French", r"\barretez?\b|\bne (?:me |m)?\w*(?:contactez|ecrivez|envoyez|appelez)\b"),
    )
)  # fmt: skip

# Tier 3: negative, or about someone else. Never released by the machine.
_WRONG_NUMBER = re.compile(
    r"\bwrong (?:number|person|phone|guy|lady|one)\b|\bnumero equivocado\b|\b(?:dont|do not) know (?:any|an|a) \w+\b|"
    r"\bno longer (?:his|her|their) (?:number|phone)\b|\b(?:not|isnt) (?:his|her|their|\w+s) (?:number|phone)\b"
)
_ANOTHER = re.compile(
    r"\bwho (?:is|are|r) (?:this|you|u)\b|\bwhos this\b|\bnot (?:me|my name|him|her)\b|\bnot (?:this|that|the right) person\b|"
    r"\b(?:dont|do not) know (?:you|who)\b|\bquien (?:es|eres)\b|\bnew (?:phone|number) who\b|\bthis (?:isnt|is not)\b"
)
_DECEASED = re.compile(
    r"\b(?:passed away|passed on|died|deceased|is dead|no longer (?:with us|alive)|fallecio|murio)\b"
)
# Somebody may need help now, and no machine gives any: a person has to see it. Better once too often.
_EMERGENCY = re.compile(
    r"\b(?:emergency|911|ambulance|suicid\w*|overdos\w*|chest pains?|heart attack|anaphyla\w*|unconscious|emergencia|ambulancia)\b|"
    r"\b(?:cant|cannot|can not|trouble|hard to|difficulty) (?:breathe|breathing|swallow\w*)\b|\b(?:kill|hurt|harm)(?:ing)? my ?self\b|"
    r"\b(?:wont|cant|doesnt|not|will not) stop bleeding\b|\bbleeding (?:a lot|badly|heavily|wont|will not)\b|\bno puedo respirar\b"
)
_DOUBTS = (
    (WRONG_NUMBER, _WRONG_NUMBER), ("may be an emergency", _EMERGENCY), ("perhaps someone else", _ANOTHER), ("person has died", _DECEASED),
)  # fmt: skip
_NEGATIVE = re.compile(
    r"\b(?:no|nope|nah|non|never|not|dont|cant|cannot|wont|stop\w*|quit\w*|cease|end|cancel\w*|remove\w*|unsub\w*|optout|exit|revoke|"
    r"nunca|jamas|alto|parar|parad|baja|enough|already|annoy\w*|wtf|stfu|gtfo|fuck\w*|shit\w*|bitch\w*|damn\w*|hell|asshole\w*|ass|"
    r"crap\w*|bullshit|screw|idiots?|stupid|scam\w*|fraud|fake|phish\w*|block\w*|complain\w*|illegal|hate|angry|sick of|tired of|fed up|"
    r"mierda|puta|puto|carajo|moved|dead|hospice|cancelled|switched|unhappy|refund)\b"
)
_BOOKED = re.compile(
    r"\balready (?:made|have|got|booked|scheduled|set up)\b.{0,20}\b(?:appointment|appt|booking|visit)\b|"
    r"\b(?:already|just|have|ive|im|am|all) (?:booked|scheduled)\b|\b(?:booked|scheduled) already\b|"
    r"\b(?:have|made|got) (?:an|my|our|the) (?:appointment|appt|visit)\b|\bya (?:tengo|hice|pedi|agende) (?:una |mi |la )?cita\b"
)
_LONE = frozenset({"s", "n", "x", "st", "sto", "so", "top", "spot", "stp", "sop"})
# Signs of a no. A red octagon, thumbs down, no entry, prohibited, cross, raised hand, angry faces.
_NO_SIGNS = re.compile("[🛑👎⛔🚫❌✋🖐🤚🖕😠😡🤬🙅☠💀]")

# Letters that look like Latin ones: Cyrillic, Greek, small capitals and others that NFKC leaves alone.
_LOOKALIKES = str.maketrans(
    {
        "ѕ": "s", "т": "t", "о": "o", "р": "p", "а": "a", "е": "e", "с": "c", "і": "i", "ј": "j", "х": "x", "у": "y", "к": "k",
        "м": "m", "н": "n", "в": "b", "ԛ": "q", "ԝ": "w", "п": "n", "ο": "o", "ρ": "p", "τ": "t", "α": "a", "ε": "e", "ι": "i",
        "ν": "v", "υ": "u", "κ": "k", "χ": "x", "η": "n", "μ": "m", "ꜱ": "s", "ᴛ": "t", "ᴏ": "o", "ᴘ": "p", "ᴜ": "u", "ɴ": "n",
        "ʙ": "b", "ᴄ": "c", "ʀ": "r", "ɪ": "i", "ᴇ": "e", "ᴅ": "d", "ᴀ": "a", "ʟ": "l", "ᴍ": "m", "ᴋ": "k", "ᴠ": "v", "ᴡ": "w",
        "ʏ": "y", "ᴢ": "z", "ɢ": "g", "ʜ": "h", "ᴊ": "j", "ø": "o", "đ": "d", "ł": "l", "ß": "ss", "ı": "i", "０": "o", "հ": "h",
        "օ": "o", "ո": "n", "ս": "u", "ց": "g",
    }
)  # fmt: skip
# The same phrases once spaces and marks are taken out, for a no that they have broken apart ("d elete my number").
# Without borders of words they say yes too easily (weekEND … TEXT), so what they find is only a doubt.
_BROKEN = re.compile(
    "|".join(
        pattern.pattern.replace(r"\b", "").replace(" ?", "").replace(" ", "").replace("|end|", "|")
        for _, pattern in _PHRASES
    )
    + "|stop|unsub|optout|revoke|cancel|nomore|takeme|wrongnumber|end(?:my|the|this|these|all)"
)
# How iPhones send a reaction to a text: the quoted words are ours, our own "Reply STOP" among them.
_REACTION = re.compile(r"\s*(Liked|Loved|Laughed at|Emphasized|Questioned|Disliked) “.*”\s*", re.DOTALL)
_DIGITS_FOR_LETTERS = str.maketrans("015$@", "oissa")
_QUOTED = re.compile(
    r"^\s*(?:>|on .{5,120} wrote:|el .{5,120} escribio:|from: |-{2,}\s*original|_{5,}|sent from my )",
    re.IGNORECASE,
)
_SUBJECT_PREFIXES = frozenset({"re", "fw", "fwd", "aw", "rv"})


def classify(text: str, pictures: int = 0) -> Reply:
    """What `text`, with so many pictures, means. Case, spaces, punctuation, accents and invisible characters never
    turn an opt-out into anything else. Of a mail give the `own_words` only."""
    if reaction := _REACTION.fullmatch(text):
        return Reply(
            Label.UNSURE if reaction[1] == "Disliked" else Label.OTHER, f"reaction: {reaction[1].lower()}"
        )
    words = _folded(text)
    squeezed = words.replace(" ", "")
    if not squeezed:
        return _without_words(text, pictures)
    if found := _exact(words.split(), squeezed, text):
        return found
    for name, pattern in _PHRASES:
        if pattern.search(words):
            return Reply(Label.OPT_OUT, name)
    for rule, pattern in _DOUBTS:
        if pattern.search(words):
            return Reply(Label.UNSURE, rule)
    if _NO_SIGNS.search(text):
        return Reply(Label.UNSURE, "a sign that says no")
    broken = bool(_BROKEN.search(squeezed))
    doubtful = squeezed in _LONE or _NEGATIVE.search(words) or broken or _slipped(squeezed)
    label = Label.UNSURE if doubtful else Label.OTHER
    says_booked = _BOOKED.search(words) and not _NEGATIVE.search(words.replace("already", ""))
    if says_booked and not broken and "?" not in text:
        return Reply(label, BOOKED)
    return Reply(label, "negative or doubtful" if doubtful else "no rule applies")


def may_be_an_emergency(text: str) -> bool:
    """Whether somebody should be helped at once, whatever else the words say."""
    return bool(_EMERGENCY.search(_folded(text)))


def own_words(mail: str) -> str:
    """What the person wrote in a mail: without the thread quoted below and the phone's signature."""
    kept: list[str] = []
    for line in mail.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if _QUOTED.match(line) and any(part.strip() for part in kept):
            break
        kept.append(line)
    return "\n".join(kept)


_ALL_CHANNELS = re.compile(
    r"\b(?:everything|all (?:contact|communication|messages|of it)|any ?(?:thing|way)|completely|altogether)\b"
)
_MAIL_WORDS = re.compile(r"\be ?mail\w*\b")
_TEXT_WORDS = re.compile(r"\b(?:texts?|texting|txts?|sms)\b")


def channels_named(text: str) -> frozenset[str]:
    """The channels that the words of an opt-out name, `sms` and `email`: a STOP by text leaves mail alone otherwise."""
    words = _folded(text)
    if _ALL_CHANNELS.search(words):
        return frozenset({"sms", "email"})
    named = {"email"} if _MAIL_WORDS.search(words) else set()
    return frozenset(named | ({"sms"} if _TEXT_WORDS.search(words) else set()))


def _exact(tokens: list[str], squeezed: str, text: str) -> Reply | None:
    """Tier 1, and the words that start and help."""
    for form in (squeezed, _unrepeated(squeezed)):
        if form in _STOP_SQUEEZED:
            return Reply(Label.OPT_OUT, f"stop word: {_STOP_SQUEEZED[form]}")
    if len(tokens) > 1 and tokens[0] in _SUBJECT_PREFIXES:
        return _exact(tokens[1:], "".join(tokens[1:]), text)
    if len(set(tokens)) == 1 and tokens[0] in _STOP_SQUEEZED:
        return Reply(Label.OPT_OUT, f"stop word: {_STOP_SQUEEZED[tokens[0]]}, repeated")
    if (tokens[0] in _STOPS_ANYWAY and len(tokens) <= 3) or (
        tokens[0] in _STOP_SQUEEZED and _stands_alone(text)
    ):
        return Reply(Label.OPT_OUT, f"begins with: {tokens[0]}")
    disguised = _folded(text.translate(_DIGITS_FOR_LETTERS)).replace(" ", "")
    if disguised in _STOP_SQUEEZED:
        return Reply(Label.OPT_OUT, f"stop word: {_STOP_SQUEEZED[disguised]}, disguised")
    if squeezed in START_WORDS:
        return Reply(Label.OPT_IN, f"start word: {squeezed}")
    if squeezed in HELP_WORDS:
        return Reply(Label.HELP, f"help word: {squeezed}")
    return None


def _without_words(text: str, pictures: int) -> Reply:
    if _NO_SIGNS.search(text):
        return Reply(Label.UNSURE, "a sign that says no")
    if pictures:
        return Reply(Label.UNSURE, "a picture only")
    return (
        Reply(Label.OTHER, "a sign only")
        if any(unicodedata.category(c) == "So" for c in text)
        else Reply(Label.UNSURE, "no words")
    )


def _slipped(squeezed: str) -> bool:
    """Whether a short reply is a stop word but for a slip of the finger."""
    return len(squeezed) <= 7 and any(
        _one_slip(squeezed, word) for word in ("stop", "unsub", "quit", "optout", "cancel")
    )


def _one_slip(given: str, word: str) -> bool:
    """Whether one letter was missed, doubled, changed, or two swapped."""
    if abs(len(given) - len(word)) > 1:
        return False
    if len(given) == len(word):
        unlike = [at for at in range(len(word)) if given[at] != word[at]]
        swapped = (
            len(unlike) == 2 and given[unlike[0]] == word[unlike[1]] and given[unlike[1]] == word[unlike[0]]
        )
        return len(unlike) <= 1 or swapped
    longer, shorter = (given, word) if len(given) > len(word) else (word, given)
    return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))


def _bare(text: str) -> str:
    """Lower case, compatibility forms resolved, look-alikes as Latin, without accents and invisible characters."""
    resolved = unicodedata.normalize("NFKC", text)
    shown = "".join(
        c for c in resolved if unicodedata.category(c) not in {"Cf", "Cc", "Co", "Cs", "Cn"} or c in "\n\t\r"
    )
    latin = shown.casefold().translate(_LOOKALIKES)
    return "".join(c for c in unicodedata.normalize("NFKD", latin) if not unicodedata.combining(c)).translate(
        _LOOKALIKES
    )


def _folded(text: str) -> str:
    """Bare words with single spaces; apostrophes close up (dont), all other marks part."""
    bare = re.sub("['’‘`´ʼ]", "", _bare(text))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", bare).split())


def _unrepeated(word: str) -> str:
    """Letters typed twice or more, once: stopp, STOOOP."""
    return re.sub(r"(.)\1+", r"\1", word)


def _stands_alone(text: str) -> bool:
    """Whether the first word is all of the first line, or ends in a full stop: what follows is a signature."""
    first = text.strip().split("\n")[0]
    return (
        len(_folded(first).split()) == 1 or re.match(r"[\W_]*\w+\s*[.!]+(?:\s|$)", _bare(first)) is not None
    )


_STOP_SQUEEZED = {word.replace(" ", ""): word for word in STOP_WORDS}
_STOP_SQUEEZED |= {_unrepeated(key): word for key, word in _STOP_SQUEEZED.items() if len(key) > 3}
_STOPS_ANYWAY = frozenset({"stop", "stopall", "unsubscribe", "unsub", "optout", "revoke"})
