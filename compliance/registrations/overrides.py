"""What Twilio reads behind the # of a webhook's address: how it tries again. It is neither sent nor signed."""

from __future__ import annotations

# Up to five more times, whatever went wrong: by itself it tries no webhook again that was answered, be it with an error.
AGAIN = "#rc=5&rp=all"


def without(address: str) -> str:
    """Where the address leads, whatever overrides it carries."""
    return address.partition("#")[0]
