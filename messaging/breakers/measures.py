"""What is counted, and how much of it is too much (rule SMS-FILTER-BREAKER; what SendGrid and the mailbox providers judge by).

A share says little about few messages: one complaint among fifty is no rate of two percent. So below a full sample the
lower end of Wilson's interval decides: the share that the true one exceeds with 95 percent certainty.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import sqrt

from tenants.models import Channel

Z = 1.6449  # one-sided 95 percent of the normal distribution


@dataclass(frozen=True)
class Measure:
    """One kind of trouble. Limits in percent of what was handed over in the window."""

    code: str
    label: str
    one: str  # "bounced for good", as in: 14 of 500 mails bounced for good
    limit: float
    warn: float
    channel: str  # "" = both
    span: timedelta  # the window; complaints come days after bounces
    full: int  # from so many on the share itself decides
    last: int | None  # only the newest so many count
    fewest: int  # fewer than these never pause anything
    do: str  # what to look at before letting it run again


MEASURES = (
    Measure(
        "bounced", "Bounced for good", "bounced for good", 2.0, 1.0, Channel.EMAIL, timedelta(days=3), 1000, None, 3,
        "Look where the list comes from and how old it is; addresses that bounced are suppressed already.",
    ),
    Measure(
        "blocked", "Blocked", "were turned away by the mail provider", 10.0, 5.0, Channel.EMAIL, timedelta(days=3), 500, 500, 5,
        "The addresses are fine, the sender is not trusted: look at its domain on the readiness page, and send less at a time.",
    ),
    Measure(
        "complained", "Reported as spam", "were reported as spam", 0.1, 0.08, Channel.EMAIL, timedelta(days=14), 5000, None, 2,
        "People did not expect this mail: look at the words and at how they consented.",
    ),
    Measure(
        "filtered", "Filtered by carriers", "were filtered by carriers (30007)", 1.0, 0.5, Channel.SMS, timedelta(days=3), 200, 200, 3,
        "Compare the words with the samples the number is registered with, and look for links.",
    ),
    Measure(
        "opted_out", "Opted out", "were answered with an opt-out", 3.0, 2.0, "", timedelta(days=7), 1000, None, 3,
        "Look at the words, at who is on the list and at how often they hear from this client.",
    ),
    Measure(
        "missed", "Opt-outs missed", "were refused because the person had opted out at the provider (21610)", 0.1, 0.05, Channel.SMS,
        timedelta(days=7), 5000, None, 2,
        "Opt-outs do not reach us as they should: look at whether the number's replies arrive here, and at the provider's own list.",
    ),
    Measure(
        "failing", "Errors", "failed at the provider", 5.0, 3.0, "", timedelta(days=1), 200, 200, 5,
        "Look at the codes of the messages that were refused, and at the provider's own status page.",
    ),
)  # fmt: skip
BY_CODE = {measure.code: measure for measure in MEASURES}
LONGEST = max(measure.span for measure in MEASURES)


def at_least(part: int, whole: int, z: float = Z) -> float:
    """The lower end of Wilson's interval, in percent: the true share is larger than this with 95 percent certainty."""
    return 100 * wilson(part, whole, z)[0]


def wilson(part: int, whole: int, z: float) -> tuple[float, float]:
    """Wilson's interval of a share, from 0 to 1; of nothing it is everything."""
    if not whole:
        return 0.0, 1.0
    share, square = part / whole, z * z
    middle = share + square / (2 * whole)
    width = z * sqrt(share * (1 - share) / whole + square / (4 * whole * whole))
    low, high = ((middle + way * width) / (1 + square / whole) for way in (-1, 1))
    return (max(0.0, low) if part else 0.0), (min(1.0, high) if part < whole else 1.0)


@dataclass
class Count:
    """How many of how many."""

    part: int = 0
    whole: int = 0

    @property
    def share(self) -> float:
        return 100 * self.part / self.whole if self.whole else 0.0

    @property
    def at_least(self) -> float:
        return at_least(self.part, self.whole)

    def over(self, measure: Measure) -> bool:
        """Whether this is too much."""
        return self.part >= measure.fewest and self._judged(measure) >= measure.limit

    def near(self, measure: Measure) -> bool:
        """Whether somebody should look: over the line of warning."""
        return bool(self.part) and self.share >= measure.warn

    def _judged(self, measure: Measure) -> float:
        return self.share if self.whole >= measure.full else self.at_least

    def add(self, other: Count) -> None:
        self.part += other.part
        self.whole += other.whole
