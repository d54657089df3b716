"""Many people's mails in one request: what all have in common once, what differs as SendGrid substitutions.

SendGrid takes up to 1,000 personalizations that share one content, and at most 10,000 bytes of substitutions
for each. So the rendered words are laid side by side, and only where they differ is a tag put. Filled in again
they are the same to the byte.
"""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from messaging.providers.base import Outgoing

MOST = 1000
LARGEST = 9_500  # bytes of substitutions; the limit is 10,000 however SendGrid counts the quotes
_JOINT = re.compile(r"(?<=[>\n])")


@dataclass(frozen=True)
class Shared:
    """A content that all share, with tags, and what each has in their place, in the messages' order."""

    content: str
    substitutions: list[dict[str, str]]


def groups(outgoing: Sequence[Outgoing]) -> list[list[Outgoing]]:
    """Messages that can go in one request: one sender, one skeleton, substitutions within the limit."""
    alike: defaultdict[tuple[object, ...], list[Outgoing]] = defaultdict(list)
    for each in outgoing:
        shape = (len(_JOINT.split(each.text)), len(_JOINT.split(each.html)), bool(each.html))
        alike[(each.sender_address, each.sender_name, *shape)].append(each)
    made: list[list[Outgoing]] = []
    for members in alike.values():
        for start in range(0, len(members), MOST):
            made += _within_limit(members[start : start + MOST])
    return made


def shared(texts: Sequence[str], tag: str) -> Shared:
    """What the texts have in common. `tag` must occur in none of them."""
    rows = [_JOINT.split(text) for text in texts]
    if len({len(row) for row in rows}) > 1:
        rows = [[text] for text in texts]
    content: list[str] = []
    substitutions: list[dict[str, str]] = [{} for _ in texts]
    for number, pieces in enumerate(zip(*rows, strict=True)):
        start = os.path.commonprefix(pieces)
        rests = [piece[len(start) :] for piece in pieces]
        end = os.path.commonprefix([rest[::-1] for rest in rests])[::-1]
        content.append(start)
        if any(len(rest) > len(end) for rest in rests):
            name = f"-{tag}x{number}-"
            content.append(name)
            for substitution, rest in zip(substitutions, rests, strict=True):
                substitution[name] = rest[: len(rest) - len(end)]
        content.append(end)
    return Shared("".join(content), substitutions)


def _within_limit(members: list[Outgoing]) -> list[list[Outgoing]]:
    """One group, less those whose own words are too long to be substitutions: each of them goes alone."""
    if len(members) == 1:
        return [members]
    texts = shared([each.text for each in members], "t" * 16).substitutions
    htmls = shared([each.html for each in members], "h" * 16).substitutions
    fitting: list[Outgoing] = []
    alone: list[Outgoing] = []
    for each, text, html in zip(members, texts, htmls, strict=True):
        (fitting if len(json.dumps({**text, **html})) <= LARGEST else alone).append(each)
    return ([fitting] if fitting else []) + [[each] for each in alone]
