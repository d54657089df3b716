"""A mail's words as the editor stores them, turned into safe HTML and plain text.

The source is plain text with few signs: blank line = new paragraph, `# ` heading, `- ` list, `**bold**`,
`[words](https://…)`. Everything else is text. Merge fields stay in place; they are filled afterwards,
escaped, so no value is ever read as markup.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

import css_inline
import nh3

from campaigns.merge_fields import pieces
from campaigns.spoken import UNSUBSCRIBE as LAST_LINE
from campaigns.spoken import said

UNSUBSCRIBE = "{{ unsubscribe_url }}"  # filled by rendering; no author can write it
_INLINE = re.compile(
    r"\*\*(?P<bold>[^*\n]+)\*\*|\[(?P<words>[^\]\n]+)\]\((?P<target>[^)\n]*)\)|"
    r"(?P<bare>https?://[^\s<>\"')\]]*[^\s<>\"')\].,;:!?])"
)
_TAGS = {"h1", "h2", "p", "br", "strong", "a", "ul", "li"}
_STYLE = """
body { margin: 0; background: #f4f5f7; color: #1f2937 }
body { font: 16px/1.55 -apple-system, 'Segoe UI', Roboto, Arial, sans-serif }
.letter { max-width: 600px; margin: 0 auto; padding: 28px 24px; background: #ffffff }
.brand { margin: 0 0 20px; padding: 0 0 12px; border-bottom: 1px solid #e5e7eb; font-weight: 600 }
h1 { font-size: 22px; line-height: 1.3; margin: 0 0 16px }
h2 { font-size: 18px; line-height: 1.3; margin: 24px 0 12px }
p { margin: 0 0 16px } ul { margin: 0 0 16px; padding-left: 22px } a { color: #1d4ed8 }
.foot { margin-top: 28px; padding-top: 14px; border-top: 1px solid #e5e7eb; color: #5b6472; font-size: 13px }
.foot p { margin: 0 0 4px }
"""
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)


class BadMarkup(ValueError):
    """The words hold a link that must not be sent. `position` counts characters from 0."""

    def __init__(self, says: str, position: int) -> None:
        super().__init__(says)
        self.says, self.position = says, position


@dataclass(frozen=True)
class Layout:
    """A mail with its merge fields still in it, as text and as HTML."""

    text: str
    html: str


def lay_out(source: str, brand: str, footer: tuple[str, ...], language: str = "en") -> Layout:
    """The whole mail: the words, then a footer that no author can remove. Raises BadMarkup and BadField.

    `footer`: lines of plain text (practice name, postal address). The unsubscribe link follows them, in the language of the words.
    """
    pieces(source)
    last = said(LAST_LINE, language)
    body_html, body_text = _blocks(source, _html_block), _blocks(source, _text_block)
    foot = "".join(f"<p>{escape(line)}</p>" for line in footer)
    # The words are sanitised before the frame is put round them: the frame's own link is not an author's.
    clean = nh3.clean(
        "\n".join(body_html),
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"https"},
        link_rel="noopener noreferrer",
    )
    page = (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body>"
        f'<div class="letter"><p class="brand">{escape(brand)}</p>{clean}<div class="foot">{foot}'
        f'<p><a href="{UNSUBSCRIBE}">{escape(last)}</a></p></div></div></body></html>'
    )
    text = "\n\n".join(body_text) + "\n\n--\n" + "\n".join(footer) + f"\n{last}: {UNSUBSCRIBE}\n"
    return Layout(text=text, html=_INLINER.inline(page))


def links_in(source: str) -> list[tuple[int, str]]:
    """Every address the words link to, with its position."""
    return [
        (found.start(), found["target"] if found["target"] is not None else found["bare"])
        for found in _INLINE.finditer(source)
        if found["bold"] is None
    ]


def check_links(source: str) -> None:
    """Raises BadMarkup on a link that is not a plain https address, with the sentence for the author."""
    for position, target in links_in(source):
        if problem := _link_problem(target):
            raise BadMarkup(f"The link “{target[:60]}” at character {position + 1} {problem}", position)


def _link_problem(target: str) -> str:
    if "{{" in target or "}}" in target:
        return "holds a merge field: personal data must not stand in a link."
    try:
        parts = urlsplit(target)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return "is not a web address."
    if parts.scheme != "https":
        return "must begin with https://."
    if (
        "." not in host
        or not re.fullmatch(r"[\w.-]+", host)
        or "\\" in target
        or any(ord(each) <= 32 for each in target)
    ):
        return "is not a web address."
    if parts.username or parts.password:
        return "must not hold a user name or password."
    return ""


def _blocks(source: str, make: Callable[[str, list[str]], str]) -> list[str]:
    """Paragraph by paragraph; a heading ends with its line, a list with the first line that is no item."""
    check_links(source)
    made: list[str] = []
    kind, lines = "", list[str]()

    def close() -> None:
        nonlocal kind, lines
        if lines:
            made.append(make(kind, lines))
        kind, lines = "", []

    for line in source.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        stripped = line.strip()
        found = re.match(r"(##?|-|\*) +(.+)", stripped)
        new = {"#": "h1", "##": "h2", "-": "ul", "*": "ul"}[found[1]] if found else "p"
        if not stripped or new != kind or new in {"h1", "h2"}:
            close()
        if stripped:
            kind = new
            lines.append(found[2] if found else stripped)
    close()
    return made


def _html_block(kind: str, lines: list[str]) -> str:
    inner = [_html_inline(line) for line in lines]
    if kind == "ul":
        return "<ul>" + "".join(f"<li>{each}</li>" for each in inner) + "</ul>"
    return f"<{kind}>" + "<br>".join(inner) + f"</{kind}>"


def _text_block(kind: str, lines: list[str]) -> str:
    mark = "- " if kind == "ul" else ""
    return "\n".join(mark + _text_inline(line) for line in lines)


def _html_inline(line: str) -> str:
    made, at = "", 0
    for found in _INLINE.finditer(line):
        made += escape(line[at : found.start()])
        if found["bold"] is not None:
            made += f"<strong>{escape(found['bold'])}</strong>"
        else:
            target = found["target"] or found["bare"]
            made += f'<a href="{escape(target)}">{escape(found["words"] or target)}</a>'
        at = found.end()
    return made + escape(line[at:])


def _text_inline(line: str) -> str:
    def plain(found: re.Match[str]) -> str:
        if found["bold"] is not None:
            return found["bold"]
        return f"{found['words']} ({found['target']})" if found["target"] else found["bare"]

    return _INLINE.sub(plain, line)
