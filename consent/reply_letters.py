"""Letters as they are meant: whatever case, alphabet, accents, marks and unseen characters they come in. Pure."""

from __future__ import annotations

import re
import unicodedata

# Letters that look like Latin ones: Cyrillic, Greek, small capitals and others that NFKC leaves alone.
LOOKALIKES = str.maketrans(
    {
        "ѕ": "s", "т": "t", "о": "o", "р": "p", "а": "a", "е": "e", "с": "c", "і": "i", "ј": "j", "х": "x", "у": "y", "к": "k",
        "м": "m", "н": "n", "в": "b", "ԛ": "q", "ԝ": "w", "п": "n", "ο": "o", "ρ": "p", "τ": "t", "α": "a", "ε": "e", "ι": "i",
        "ν": "v", "υ": "u", "κ": "k", "χ": "x", "η": "n", "μ": "m", "ꜱ": "s", "ᴛ": "t", "ᴏ": "o", "ᴘ": "p", "ᴜ": "u", "ɴ": "n",
        "ʙ": "b", "ᴄ": "c", "ʀ": "r", "ɪ": "i", "ᴇ": "e", "ᴅ": "d", "ᴀ": "a", "ʟ": "l", "ᴍ": "m", "ᴋ": "k", "ᴠ": "v", "ᴡ": "w",
        "ʏ": "y", "ᴢ": "z", "ɢ": "g", "ʜ": "h", "ᴊ": "j", "ø": "o", "đ": "d", "ł": "l", "ß": "ss", "ı": "i", "０": "o", "հ": "h",
        "օ": "o", "ո": "n", "ս": "u", "ց": "g",
    }
)  # fmt: skip
# Letters in black circles and squares: NFKC leaves them as they are.
LOOKALIKES |= {first + at: chr(ord("a") + at) for first in (0x1F150, 0x1F170) for at in range(26)}
# The signs that make flags in pairs: a word where three and more stand together.
_FLAGS = re.compile("(?:[\U0001f1e6-\U0001f1ff](?:[^\\w\U0001f1e6-\U0001f1ff]|_)*){3,}")
_APOSTROPHES = re.compile("['’‘`´ʼ]")


def bare(text: str) -> str:
    """Lower case, compatibility forms resolved, look-alikes as Latin, without accents, apostrophes and invisible characters."""
    resolved = unicodedata.normalize("NFKC", _FLAGS.sub(_spelt, text))
    shown = "".join(
        c for c in resolved if unicodedata.category(c) not in {"Cf", "Cc", "Co", "Cs", "Cn"} or c in "\n\t\r"
    )
    latin = shown.casefold().translate(LOOKALIKES)
    plain = "".join(c for c in unicodedata.normalize("NFKD", latin) if not unicodedata.combining(c))
    return _APOSTROPHES.sub("", plain.translate(LOOKALIKES))


def _spelt(flags: re.Match[str]) -> str:
    letters = [
        chr(ord(sign) - 0x1F1E6 + ord("a")) for sign in flags[0] if "\U0001f1e6" <= sign <= "\U0001f1ff"
    ]
    return f" {''.join(letters)} "


def folded(text: str) -> str:
    """Bare words with single spaces; apostrophes close up (dont), all other marks part."""
    return " ".join(re.sub(r"[^a-z0-9]+", " ", bare(text)).split())


def unrepeated(word: str) -> str:
    """Letters typed twice or more, once: stopp, STOOOP."""
    return re.sub(r"(.)\1+", r"\1", word)


def one_slip(given: str, word: str) -> bool:
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


_ATOM = re.compile(r"\\.|\[[^]]*\](?:[?*+]|\{[0-9,]+\})?|\.\{0,(\d+)\}|\(\?:|[?*+|)]|.")


def torn(pattern: str, gap: int = 1) -> str:
    """A pattern over folded words that finds them torn apart too: "e nd tex ting". Borders of words stay: marks put into a
    text part its words but never join two of them, so that "weekend, text me" is still no "end … text". What lies between
    two of its words may be two characters longer, and `gap` times as long."""
    made, before = "", ""
    for atom in _ATOM.finditer(pattern):
        said = atom[0]
        letter = said.isalnum() or said.startswith("[") or said in (r"\w", "(?:")
        if letter and (before.isalnum() or before.startswith("[") or before in (r"\w", ")", "?", "*", "+")):
            made += " ?"
        if atom[1]:
            said = f".{{0,{gap * int(atom[1]) + 2}}}"
        made += said
        before = said
    return made
