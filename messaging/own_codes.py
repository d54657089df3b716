"""Why a message waits where no check of the gate says so: codes that stand beside the checks' own in `Message.failed`."""

from __future__ import annotations

from compliance.checks import BY_CODE

UNREADABLE = "unreadable"
_SAYS = {
    UNREADABLE: "What is stored about this person, or the words for them, cannot be read with the keys in use. Whoever runs the "
    "system finds the record's number in the log; a former key belongs into the list of keys.",
}


def says_of(code: str) -> str:
    """The sentence of a check or of a code of ours; the code itself where nothing is known of it."""
    return BY_CODE[code].says if code in BY_CODE else _SAYS.get(code, code)


def is_told(code: str) -> bool:
    """Whether there is a sentence for it."""
    return code in BY_CODE or code in _SAYS
