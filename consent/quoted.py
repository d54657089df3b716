"""What in a reply is not the person's own words: the thread a mail quotes, and the text that a reaction names. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from consent.reply_letters import bare, folded

_ATTRIBUTION = re.compile(r"\s*(?:on|el|le) .{5,200}(?:wrote|escribio|a ecrit) ?:\s*")
_ATTRIBUTION_BEGINS = re.compile(r"\s*(?:on|el|le) \S.{4,200}")
_ORIGINAL = re.compile(r"\s*-{2,}\s*(?:original|mensaje original|forwarded)\b.*|\s*_{5,}\s*")
_HEADER = re.compile(r"\s*\*?(?:from|de):\*? .*")
_HEADERS_AFTER = re.compile(r"\s*\*?(?:sent|date|to|subject|enviado|fecha|para|asunto):.*")
_PHONES_SIGNATURE = re.compile(r"\s*(?:sent from my|enviado desde mi) .{1,40}")

_NOTICE = re.compile(
    r"\bintended recipients?\b|\breceived this (?:e ?mail|message|communication) in error\b|\bconfidentiality notice\b|"
    r"\b(?:privileged and confidential|confidential and)\b|\bprint(?:ing)? this (?:e ?mail|message|page)\b"
)
_FOOT_LINE = re.compile(r"to (?:unsubscribe|opt out)\b.*\b(?:click|visit|here|https?)\b|attorneys? at law$")


def own_words(mail: str) -> str:
    """What the person wrote in a mail, above, among and below a quoted thread, without their phone's signature."""
    return _parted(mail)[0]


def quoted_unmarked(mail: str) -> str:
    """What stands below the head of a thread whose lines bear no mark: quoted, in all likelihood."""
    return _parted(mail)[1]


def without_footers(words: str) -> str:
    """The words without what mail programs and firms set below every mail: "do not print this e-mail" asks nobody to stop."""
    paragraphs = re.split(r"\n\s*\n", words.replace("\r\n", "\n").replace("\r", "\n"))
    kept = [each for each in paragraphs if not _NOTICE.search(folded(each))]
    return "\n".join(line for line in "\n\n".join(kept).split("\n") if not _FOOT_LINE.match(folded(line)))


def _parted(mail: str) -> tuple[str, str]:
    lines = mail.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        length = _attribution(lines, at)
        if line.lstrip().startswith(">") or _PHONES_SIGNATURE.fullmatch(bare(line)):
            at += 1
        elif length:
            at += length
            rest = [each for each in lines[at:] if each.strip()]
            if rest and not rest[0].lstrip().startswith(">"):
                return "\n".join(kept), "\n".join(lines[at:])
        elif _begins_unmarked(lines, at):
            return "\n".join(kept), "\n".join(lines[at + 1 :])
        else:
            kept.append(line)
            at += 1
    return "\n".join(kept), ""


def _attribution(lines: list[str], at: int) -> int:
    """How many lines say who wrote what follows, and when: none, one, or two where a program broke it."""
    first = bare(lines[at])
    if _ATTRIBUTION.fullmatch(first):
        return 1
    if at + 1 < len(lines) and _ATTRIBUTION_BEGINS.fullmatch(first):
        return 2 * bool(_ATTRIBUTION.fullmatch(f"{first} {bare(lines[at + 1])}"))
    return 0


def _begins_unmarked(lines: list[str], at: int) -> bool:
    if _ORIGINAL.fullmatch(bare(lines[at])):
        return True
    after = lines[at + 1 : at + 4]
    return bool(
        _HEADER.fullmatch(bare(lines[at])) and any(_HEADERS_AFTER.fullmatch(bare(each)) for each in after)
    )


class Reaction(NamedTuple):
    """A reaction to one of our texts, as phones write it out."""

    lead: str
    negative: bool
    added: str  # what stands behind a first closing mark, if more than one does


# As iPhones and Android phones say it, in English and Spanish; the quoted words are ours, our own "Reply STOP" among them.
# Drawn signs only: with a bracket or a dash, `(a"LTO"` would be a reaction.
_SIGN = r"[\u203c-\u205f\u20e3\u2100-\u2bff\u3030\u303d\U0001f000-\U0001faff\ufe0f]{1,12}"
_LEAD = (
    r"liked|loved|laughed at|emphasi[sz]ed|questioned|disliked|removed an? (?:like|heart|laugh|laughter|exclamation|exclamation mark|"
    rf"question mark|dislike) from|(?:re)?acted (?:with )?{_SIGN} to|reacted (?:with )?{_SIGN} to|removed {_SIGN} from|"
    r"(?:no )?(?:le|les|me) (?:gusta|gusto|ha gustado|encanta|encanto|ha encantado)|se (?:rie|rio|ha reido) de|enfatizo|ha enfatizado|"
    r"pregunto (?:por|sobre)|cuestiono|(?:quito|elimino|se elimino|ha quitado|ha eliminado) (?:un |una |el |la )?[\w ]{2,30} de|"
    rf"(?:reacciono|ha reaccionado) (?:con )?{_SIGN} a|(?:quito|elimino|ha quitado) {_SIGN} (?:de|a)|{_SIGN}\s?(?:to|a|from|de)"
)
_REACTION = re.compile(rf"\s*(?P<lead>{_LEAD})\s*[“\"«„]\s*(?P<said>.*)[”\"»“][\s.!…]*", re.DOTALL)
_NEGATIVE = re.compile(r"disliked|no (?:le|les|me) |.*[👎🛑⛔🚫😠😡🤬🖕]", re.DOTALL)


def reaction_of(text: str) -> Reaction | None:
    """The reaction that a reply is, or None. Its quoted words are not the person's."""
    shown = "".join(c for c in text if unicodedata.category(c) != "Cf")
    found = _REACTION.fullmatch(_unaccented(shown))
    if found is None:
        return None
    _, _, added = re.sub("[”»]", '"', found["said"]).partition('"')
    return Reaction(found["lead"], bool(_NEGATIVE.match(found["lead"])), added)


def _unaccented(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in plain if not unicodedata.combining(c))
