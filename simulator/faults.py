"""What goes wrong on request: a set of probabilities, drawn once for every call."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from simulator.world import WorldError

# The faults of a call to a provider, at most one of them for each call, in the order they are drawn.
CALL_FAULTS = ("dropped", "rate_429", "status_500", "lost_reply", "truncated_201", "accepted_500")
# Of these the provider has accepted the message before the call goes wrong.
AFTER_ACCEPTANCE = frozenset({"lost_reply", "truncated_201", "accepted_500"})
PROVIDERS = ("", "twilio", "sendgrid", "smtp", "dns")


@dataclass
class Faults:
    """Each fault is a probability from 0 to 1; `latency_ms` is milliseconds added to every call.

    `provider` limits the faults of calls to one provider ("" is all of them); `scope` is `sends`
    (hand-offs of messages only) or `all` (every call). `seed` makes the draws repeatable.
    """

    latency_ms: float = 0.0
    dropped: float = 0.0
    rate_429: float = 0.0
    status_500: float = 0.0
    lost_reply: float = 0.0
    truncated_201: float = 0.0
    accepted_500: float = 0.0
    undelivered: float = 0.0
    bounced: float = 0.0
    duplicate_callbacks: float = 0.0
    out_of_order: float = 0.0
    hold_callbacks: float = 0.0
    drop_inbound: float = 0.0
    provider: str = ""
    scope: str = "sends"
    seed: int | None = None
    _random: random.Random = field(default_factory=random.Random, repr=False)

    def put(self, given: Mapping[str, Any]) -> None:
        """Take the named values and set every other one back to none; nothing changes on an error.

        Raises WorldError with a sentence when a name is unknown or a value out of range.
        """
        fresh = {f.name: f.default for f in fields(self) if not f.name.startswith("_")}
        for name, value in given.items():
            if name not in fresh:
                raise WorldError(f"There is no fault called {name!r}. Known: {', '.join(fresh)}.")
            fresh[name] = _checked(name, value)
        for name, value in fresh.items():
            setattr(self, name, value)
        self._random = random.Random(self.seed)

    def shown(self) -> dict[str, Any]:
        """The settings as JSON."""
        return {name: value for name, value in asdict(self).items() if not name.startswith("_")}

    def hits(self, name: str) -> bool:
        """Draw one fault."""
        chance: float = getattr(self, name)
        return chance > 0 and self._random.random() < chance

    def touches(self, provider: str, is_send: bool) -> bool:
        """Whether calls of this kind to this provider are disturbed at all."""
        return self.provider in ("", provider) and (is_send or self.scope == "all")

    def of_call(self, provider: str, is_send: bool) -> str | None:
        """The fault of this call, if any."""
        if not self.touches(provider, is_send):
            return None
        return next((name for name in CALL_FAULTS if self.hits(name)), None)

    def pick(self, choices: tuple[int, ...]) -> int:
        """One of the choices, by the same repeatable draw."""
        return self._random.choice(choices)


def _checked(name: str, value: Any) -> Any:
    if name == "provider":
        if value not in PROVIDERS:
            raise WorldError(
                f"provider is {value!r}: use one of {', '.join(PROVIDERS[1:])}, or nothing for all."
            )
        return value
    if name == "scope":
        if value not in ("sends", "all"):
            raise WorldError(f"scope is {value!r}: use sends or all.")
        return value
    if name == "seed":
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise WorldError(f"seed is {value!r}: use a whole number, or null for none.")
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WorldError(f"{name} is {value!r}: use a number.")
    if name == "latency_ms":
        if not 0 <= value <= 60_000:
            raise WorldError(f"latency_ms is {value}: use 0 to 60000.")
    elif not 0 <= value <= 1:
        raise WorldError(f"{name} is {value}: a probability is from 0 to 1.")
    return float(value)
