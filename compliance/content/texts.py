"""The rules for a text message (carriers, CTIA, TCPA, HIPAA)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from re import Pattern
from typing import Any

from campaigns.merge_fields import BY_NAME, BadField, pieces
from campaigns.segments import count
from compliance.content import lexicon
from compliance.content.finding import Finding
from compliance.content.links import SHORTENERS, host_of, is_machine, is_of, links_in
from compliance.content.reading import HARD, hard, years_of_school
from tenants.models import Channel

MOST_SEGMENTS, MANY_SEGMENTS, LONGEST = 6, 2, 1600
_STOP = re.compile(r"\bSTOP\b")
_VERB = r"\b(?:reply|respond|text|send|answer|type|responda|envíe)\b"
_INVITES = re.compile(_VERB + r"(?P<rest>[^.!?\n]{0,160})", re.IGNORECASE)
_KEYWORD = re.compile(
    r"\b(?:yes|start|unstop|stop|stopall|unsubscribe|cancel|end|quit|revoke|optout|help|info)\b",
    re.IGNORECASE,
)
_AT_ONCE = re.compile(rf"(?:^|{_VERB})[\s:]*$", re.IGNORECASE)  # nothing between the verb and the keyword
_ONE_MORE = re.compile(r"(?:\b(?:or|and|o|y)\b|[,;/])\s*$", re.IGNORECASE)
_BETWEEN = re.compile(r"[\W_]*(?:\b(?:or|and|o|y)\b)?[\W_]*", re.IGNORECASE)
# What a keyword may be for: the provider acts on it whatever the words say.
_MEANT = {
    "stop": r"\b(?:opt|unsub|stop|end\b|no more|quit|cancel (?:texts|messages)|cancelar|salir|dejar)"
    r"|^\W*(?:(?:the|these|all|our|any) )?(?:texts|messages|msgs|alerts)\b",
    "help": r"^\W*(?:for|if you need|para)\b.{0,20}(?:help|info|support|ayuda)|^\W*$",
}
# A way out by a word of one's own: carriers read it as a way around STOP and block the sender.
_OWN_WAY_OUT = re.compile(
    r"\b(?:reply|respond|text|send|type)\s+[\"'“‘]?(?!(?:all|to|us|and)\b)(?P<word>[a-z]+)[\"'”’]?\s+to\s+"
    r"(?:opt[\s-]?out|unsubscribe|stop(?! by)|cancel (?:texts|messages)|be removed)\b",
    re.IGNORECASE,
)
_WAYS_OUT = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
_NO_REPLY = re.compile(
    r"\b(?:do not|don't|cannot|can't) (?:reply|respond)|\bno[- ]?reply\b|\bunmonitored\b", re.IGNORECASE
)
# What carriers ask of the first text after somebody said yes (CTIA, opt-in confirmation).
_ENROLS = (
    ("how to get help", re.compile(r"\b(?:HELP|AYUDA)\b"), "Reply HELP for help."),
    (
        "how many texts come",
        re.compile(
            r"\b(?:msgs?|messages?|texts?)\b.{0,15}\b(?:an?|per|each|every)? ?(?:month|week|/ ?mo|/ ?wk)|frequency"
            r"|\b(?:mensajes?|textos?)\b.{0,15}\b(?:mes|semana)\b|frecuencia",
            re.IGNORECASE,
        ),
        "Up to 4 msgs a month.",
    ),
    (
        "that rates may apply",
        re.compile(r"\b(?:rates|tarifas|cargos)\b", re.IGNORECASE),
        "Msg & data rates may apply.",
    ),
)


def _first_text(content: Mapping[str, Any]) -> int:
    return min(int(each["position"]) for each in content["steps"] if each["channel"] == Channel.SMS)


def filled(text: str) -> str:
    """The text with an example in place of each merge field, to measure it. Raises BadField."""
    return "".join(literal + (BY_NAME[name].example if name else "") for literal, name in pieces(text))


def review(
    step: Mapping[str, Any], content: Mapping[str, Any], *, covered: bool, private: Pattern[str] | None = None
) -> Iterator[Finding]:
    """Everything to say about one text. `covered`: HIPAA covers the client, so health words block; `private`: words of its own."""
    at, brand = step["position"], content["brand"]["practice_name"]
    text = step.get("text") or step["body"]
    try:
        shown = filled(text).replace(BY_NAME["practice_name"].example, brand)
    except BadField as bad:
        yield Finding("MERGE-FIELDS", at, True, bad.says, text[max(0, bad.position - 10) : bad.position + 30])
        return
    if not _STOP.search(shown):
        yield Finding(
            "SMS-FIRST-MSG", at, True, "The text does not say how to stop. Add “Reply STOP to opt out”."
        )
    if content.get("audience", {}).get("newcomers") and at == _first_text(content):
        for what, said, add in _ENROLS:
            if not said.search(shown):
                says = (
                    f"This is the first text that somebody new gets, and it does not say {what}. Add “{add}”."
                )
                yield Finding("SMS-FIRST-MSG", at, True, says)
    for own in _OWN_WAY_OUT.finditer(shown):
        if own["word"].lower() not in _WAYS_OUT:
            says = f"Carriers take “{own['word']}” for a way around STOP and block the sender. Ask for STOP."
            yield Finding("SMS-FIRST-MSG", at, True, says, own.group(0))
    if brand.casefold() not in shown.casefold():
        yield Finding(
            "TCPA-SENDER-ID", at, True, f"The text does not name {brand}. People must see who writes to them."
        )
    if _NO_REPLY.search(shown):
        yield Finding(
            "TCPA-NOREPLY-CHANNEL",
            at,
            True,
            "The text says that it takes no replies, but a reply must be able to stop it.",
        )
    yield from _length(shown, at)
    yield from _keywords(shown, at)
    yield from _links(shown, content["brand"]["practice_website"], at)
    for word in lexicon.hits(lexicon.FORBIDDEN, shown, spare=brand):
        yield Finding("SMS-SHAFT", at, True, f"Carriers forbid texts about “{word}”. Take it out.", word)
    drugs = list(lexicon.hits(lexicon.DRUGS, shown, spare=brand))
    if drugs and (offered := next(lexicon.hits(lexicon.OFFER, shown, spare=brand), "")):
        says = f"“{drugs[0]}” with “{offered}” sells a prescription drug, which carriers forbid. Take one of them out."
        yield Finding("SMS-SHAFT", at, True, says, drugs[0])
    for word in drugs:
        yield Finding(
            "SMS-RX", at, False, f"“{word}” is a prescription drug; carriers often block such texts.", word
        )
    for word in lexicon.hits(lexicon.HEALTH, shown, spare=brand):
        yield Finding(
            "HIPAA-CONTENT",
            at,
            covered,
            f"“{word}” tells whoever sees the telephone about the person's health. Write “{lexicon.neutral_for(word)}” instead.",
            word,
        )
    for word in lexicon.hits(private, shown, spare=brand) if private else ():
        says = f"“{word}” is one of the words that the practice keeps out of messages. Write “{lexicon.neutral_for(word)}” instead."
        yield Finding("HIPAA-CONTENT", at, covered, says, word)
    if (years := years_of_school(shown)) > HARD:
        yield Finding("READING-LEVEL", at, False, hard(years))


def _length(shown: str, at: int) -> Iterator[Finding]:
    segments = count(shown)
    if len(shown) > LONGEST:
        yield Finding(
            "SMS-SEGMENTS",
            at,
            True,
            f"The text has {len(shown):,} characters; Twilio takes at most {LONGEST:,}.",
        )
    elif segments.count > MOST_SEGMENTS:
        yield Finding(
            "SMS-SEGMENTS",
            at,
            True,
            f"The text makes {segments.count} segments; more than {MOST_SEGMENTS} are not sent. Shorten it.",
        )
    elif segments.count > MANY_SEGMENTS:
        yield Finding(
            "SMS-SEGMENTS",
            at,
            False,
            f"The text makes {segments.count} segments and is billed as so many texts.",
        )
    if segments.offenders and segments.count > 1:
        first = segments.offenders[0]
        advice = f" Write {first.instead} instead." if first.instead else ""
        yield Finding(
            "SMS-SEGMENTS",
            at,
            False,
            f"The character {first.character} ({first.name}) more than halves the room of a segment.{advice}",
            first.character,
        )


def _keywords(shown: str, at: int) -> Iterator[Finding]:
    for invited in _INVITES.finditer(shown):
        yield from _asked_for(invited["rest"], at)


def _asked_for(rest: str, at: int) -> Iterator[Finding]:
    """Each keyword after “reply”, judged by the words up to the next one; of several in a row by those behind the last."""
    keywords = [each for each in _KEYWORD.finditer(rest) if _is_keyword(each, rest)]
    for place, found in enumerate(keywords):
        ends = [each.start() for each in keywords[place + 1 :]] + [len(rest)]
        begins = [each.end() for each in keywords[place:]]
        purposes = (rest[begin:end] for begin, end in zip(begins, ends, strict=True))
        after = next((each for each in purposes if not _BETWEEN.fullmatch(each)), "")
        word = found[0].lower()
        kind = (
            "help" if word in {"help", "info"} else "stop" if word not in {"yes", "start", "unstop"} else ""
        )
        if kind and re.search(_MEANT[kind], after, re.IGNORECASE):
            continue
        effect = {"help": "sends the provider's help text", "stop": "opts the person out"}.get(
            kind, "lifts an opt-out"
        )
        says = (
            f"Replying {word.upper()} {effect} at the provider, so it cannot mean anything else. "
            "Ask for another word, as in BOOK."
        )
        yield Finding("TEMPLATE-KEYWORD-COLLISION", at, True, says, f"{found[0]}{after}".rstrip())


def _is_keyword(found: re.Match[str], rest: str) -> bool:
    """Whether the word is asked for, as in “reply STOP” and “or yes to book”, and not said, as in “text us to cancel”."""
    before, behind = rest[: found.start()], rest[found.end() :]
    if found[0].isupper() and not rest.isupper():
        return True
    if before[-1:] in "\"'“‘" and before:
        return True
    return bool(
        _AT_ONCE.search(before)
        or (_ONE_MORE.search(before) and re.match(r"\s+(?:to|for|if|para)\b", behind, re.I))
    )


def _links(shown: str, website: str, at: int) -> Iterator[Finding]:
    for link in links_in(shown):
        host = host_of(link)
        if host in SHORTENERS:
            yield Finding(
                "SMS-NO-SHORTENER",
                at,
                True,
                f"Carriers block texts with {host} links. Use an address of the practice's own website.",
                link,
            )
        elif is_machine(host) or not host:
            yield Finding(
                "SMS-NO-SHORTENER",
                at,
                True,
                "The link is not a named website. Use an address of the practice's own website.",
                link,
            )
        elif not link.lower().startswith("https://") and "//" in link.replace("\\", "/"):
            yield Finding("SMS-NO-SHORTENER", at, True, "A link must begin with https://.", link)
        elif not is_of(host, website):
            yield Finding(
                "A2P-CONTENT-MATCH",
                at,
                False,
                f"{host} is not the practice's own website; carriers trust that most.",
                link,
            )
