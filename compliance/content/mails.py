"""The rules for a mail (CAN-SPAM, Washington's CEMA, HIPAA)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from re import Pattern
from typing import Any

from campaigns.mail_layout import BadMarkup, check_links
from campaigns.mail_layout import links_in as mail_links
from campaigns.merge_fields import BadField, pieces
from compliance.content import lexicon
from compliance.content.endings import without_ends
from compliance.content.finding import Finding
from compliance.content.links import SHORTENERS, host_of, is_machine, is_of
from compliance.content.reading import HARD, hard, loud, years_of_school

LONG_SUBJECT = 78
_PRETENCE = re.compile(r"^\s*(?:re|fwd?|aw|wg)\s*:", re.IGNORECASE)


def review(
    step: Mapping[str, Any], content: Mapping[str, Any], *, covered: bool, private: Pattern[str] | None = None
) -> Iterator[Finding]:
    """Everything to say about one mail. `covered`: HIPAA covers the client, so health words in the subject block; `private`: words
    of its own."""
    at, brand = step["position"], content["brand"]["practice_name"]
    try:
        for words in (step["subject"], step["body"]):
            pieces(words)
        check_links(step["body"])
    except BadField as bad:
        yield Finding(
            "MERGE-FIELDS", at, True, bad.says, words[max(0, bad.position - 10) : bad.position + 30]
        )
        return
    except BadMarkup as bad:
        yield Finding("EMAIL-LINKS", at, True, bad.says)
        return
    if not content["brand"]["postal_address"]:
        yield Finding(
            "CANSPAM-ADDRESS",
            at,
            True,
            "No postal address of the practice is confirmed, and every mail must show one. Confirm it under Readiness.",
        )
    yield from _subject(step["subject"], brand, at, covered, private)
    yield from _from(step["sender"], brand, at)
    yield from _telling_name(step["sender"]["name"], brand, at, covered, private)
    domain = step["sender"]["address"].rpartition("@")[2]
    for _, link in mail_links(step["body"]):
        host = host_of(link)
        if host in SHORTENERS:
            yield Finding(
                "EMAIL-LINKS",
                at,
                True,
                f"Mail programs distrust {host} links. Use an address of the practice's own website.",
                link,
            )
        elif is_machine(host):
            yield Finding(
                "EMAIL-LINKS",
                at,
                True,
                "The link is not a named website. Use an address of the practice's own website.",
                link,
            )
        elif not is_of(host, content["brand"]["practice_website"]) and not is_of(host, domain):
            says = f"{host} is neither the practice's website nor its mail domain; filters distrust a mail whose links lead elsewhere."
            yield Finding("EMAIL-LINK-DOMAIN", at, False, says, link)
    for word in lexicon.hits(lexicon.HEALTH, step["body"], spare=brand):
        yield Finding(
            "HIPAA-CONTENT",
            at,
            False,
            f"“{word}” says something about the person's health. Mail is not encrypted to the end; "
            f"write “{lexicon.neutral_for(word)}” instead.",
            word,
        )
    for word in lexicon.hits(private, step["body"], spare=brand) if private else ():
        says = f"“{word}” is one of the words that the practice keeps out of messages. Write “{lexicon.neutral_for(word)}” instead."
        yield Finding("HIPAA-CONTENT", at, False, says, word)
    for word in lexicon.hits(lexicon.FORBIDDEN, step["body"], spare=brand):
        yield Finding("EMAIL-CONTENT", at, False, f"“{word}” gets mail filtered.", word)
    for says in loud(step["subject"], step["body"]):
        yield Finding("EMAIL-CONTENT", at, False, says)
    if (years := years_of_school(step["body"])) > HARD:
        yield Finding("READING-LEVEL", at, False, hard(years))


def _subject(
    subject: str, brand: str, at: int, covered: bool, private: Pattern[str] | None
) -> Iterator[Finding]:
    if any(unicodedata.category(each) in {"Cc", "Zl", "Zp"} for each in subject):
        yield Finding(
            "CANSPAM-HEADERS",
            at,
            True,
            "The subject holds a line break or a control character. Type it anew.",
            subject,
        )
    if _PRETENCE.search(subject):
        yield Finding(
            "CANSPAM-SUBJECT",
            at,
            True,
            "The subject pretends to answer or forward an earlier mail (RE:, FWD:).",
            subject,
        )
    for word in lexicon.hits(lexicon.ENDING, without_ends(subject), spare=brand):
        yield Finding(
            "WA-CEMA-SUBJECT",
            at,
            True,
            f"“{word}” is a claim that will be false for some: no end date stands behind it. "
            "Name the day, as in “ends March 31”, or leave it out.",
            word,
        )
    for word in lexicon.hits(lexicon.PRESSURE, subject):
        yield Finding(
            "CANSPAM-SUBJECT",
            at,
            False,
            f"“{word}” in the subject presses or pretends. Make sure that it is true of everybody.",
            word,
        )
    for pattern in (lexicon.HEALTH, lexicon.SPECIALTY, private):
        for word in lexicon.hits(pattern, subject, spare=brand) if pattern else ():
            yield Finding(
                "EMAIL-PHI-SUBJECT",
                at,
                covered,
                f"“{word}” in the subject tells everybody who sees the mailbox about the person's health. "
                f"Write “{lexicon.neutral_for(word)}” instead.",
                word,
            )
    letters = [each for each in subject if each.isalpha()]
    if len(letters) > 8 and all(each.isupper() for each in letters):
        yield Finding(
            "CANSPAM-SUBJECT",
            at,
            False,
            "The subject is all in capitals; that reads as shouting and gets mail filtered.",
            subject,
        )
    if len(subject) > LONG_SUBJECT:
        yield Finding(
            "CANSPAM-SUBJECT",
            at,
            False,
            f"The subject has {len(subject)} characters; most mailboxes show fewer than {LONG_SUBJECT}.",
        )


def _from(sender: Mapping[str, Any], brand: str, at: int) -> Iterator[Finding]:
    name = lexicon.folded(sender["name"])
    if any(unicodedata.category(each) in {"Cc", "Zl", "Zp"} for each in sender["name"]) or "@" in name:
        yield Finding(
            "CANSPAM-HEADERS",
            at,
            True,
            "The From name holds a line break or a mail address. Enter the practice's name.",
            sender["name"],
        )
    elif not set(_significant(name)) & set(_significant(lexicon.folded(brand))):
        yield Finding(
            "CANSPAM-HEADERS",
            at,
            False,
            f"The From name does not name {brand}, as people know it.",
            sender["name"],
        )


def _telling_name(
    name: str, brand: str, at: int, covered: bool, private: Pattern[str] | None
) -> Iterator[Finding]:
    """A From name, or the practice's own, that tells what somebody is treated for: the mailbox shows it beside the subject."""
    for pattern in (lexicon.HEALTH, lexicon.SPECIALTY, private):
        for word in lexicon.hits(pattern, name, spare=brand) if pattern else ():
            says = f"“{word}” in the From name tells everybody who sees the mailbox about the person's health. Use a neutral name."
            yield Finding("EMAIL-PHI-SUBJECT", at, covered, says, word)
    for pattern in (lexicon.HEALTH, lexicon.SPECIALTY):
        for word in lexicon.hits(pattern, brand):
            says = (
                f"“{word}” in the practice's own name tells everybody who sees the mailbox what its patients are treated for. "
                "A neutral From name would not; say why this one may be shown."
            )
            yield Finding("EMAIL-PHI-SUBJECT", at, False, says, word)


def _significant(name: str) -> list[str]:
    return [
        word
        for word in re.findall(r"\w+", name)
        if len(word) > 2 and word not in {"the", "and", "dental", "clinic", "practice"}
    ]
