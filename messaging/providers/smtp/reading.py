"""The words of a mail: its plain part, or its HTML as plain lines, with what it quotes marked as programs mark it."""

from __future__ import annotations

from email.message import EmailMessage
from html.parser import HTMLParser

_UNSEEN = frozenset({"style", "script", "head", "title"})
_NEW_LINE = frozenset(
    {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "hr", "blockquote", "table", "ul", "ol"}
)
_QUOTING = ("gmail_quote", "yahoo_quoted", "protonmail_quote")


def text_of(mail: EmailMessage) -> str:
    """The plain part; the HTML one where that is missing, empty or unreadable."""
    plain = _content(mail, "plain")
    return plain if plain.strip() else as_lines(_content(mail, "html"))


def as_lines(html: str) -> str:
    """HTML as lines of text; what it quotes begins with ">"."""
    reader = _Lines()
    reader.feed(html)
    reader.close()
    return "\n".join(reader.lines())


def _content(mail: EmailMessage, kind: str) -> str:
    try:
        part = mail.get_body((kind,))
        return str(part.get_content()) if part is not None else ""
    except Exception:  # an unknown charset, a broken encoding: nothing that can be read
        return ""


class _Lines(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._made: list[tuple[bool, list[str]]] = [(False, [])]
        self._divs: list[bool] = []
        self._quotes = self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        if tag == "div":
            kind = dict(attrs).get("class") or ""
            self._divs.append(any(name in kind for name in _QUOTING))
        quotes = tag == "blockquote" or (tag == "div" and self._divs[-1])
        self._quotes += quotes
        if tag in _NEW_LINE:
            self._break()

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN and self._unseen:
            self._unseen -= 1
        quoted = tag == "blockquote" or (tag == "div" and bool(self._divs) and self._divs.pop())
        if quoted and self._quotes:
            self._quotes -= 1
        if tag in _NEW_LINE:
            self._break()

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._made[-1][1].append(data)

    def _break(self) -> None:
        self._made.append((self._quotes > 0, []))

    def lines(self) -> list[str]:
        joined = ((quoted, " ".join("".join(parts).split())) for quoted, parts in self._made)
        return [f"> {said}" if quoted else said for quoted, said in joined if said or not quoted]
