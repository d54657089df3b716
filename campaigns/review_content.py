"""What the client's compliance contact sees: every message as it will look, and to how many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from campaigns import signed_before, wording, wordings
from campaigns.differences import Difference
from campaigns.merge_fields import BY_NAME
from campaigns.models import ApprovalRequest
from campaigns.rendering import MissingValue, Rendered, Unrenderable, render
from campaigns.sample_people import Face, Sample, faces

EXAMPLE_LINK = "https://example.com/u/example"


@dataclass(frozen=True)
class Reach:
    """How many a message goes to, and the others by reason."""

    total: int
    clear: int
    waiting: int
    held: int
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Shown:
    """One message of the review. `made` is None when the person shown would not get it; see `problem`."""

    position: int
    wording: str  # its letter, where it has two
    channel: str
    kind: str
    when: str
    sender: str
    sender_address: str
    asks: str  # of the address of its frame
    made: Rendered | None
    problem: str
    reach: Reach | None

    @property
    def named(self) -> str:
        """Which wording it is, behind the number of the message."""
        return wordings.named(self.wording)

    @property
    def reached_here(self) -> bool:
        """Whether to whom the message goes stands at this wording: once for all of them, at the last in English."""
        return self.wording in ("", wordings.SECOND)


@dataclass(frozen=True)
class Review:
    """The whole of it."""

    content: dict[str, Any]
    purpose: str
    audience: str
    schedule: str
    payer: str
    measured: str
    people: int
    greets: bool
    each_person: str
    faces: list[Face]
    face: Face
    lacking: bool  # whether somebody was found who lacks what the words need
    messages: tuple[Shown, ...]
    since_last: list[Difference] | None


def review_of(request: ApprovalRequest, person: str = "") -> Review:
    """Everything the request lays before its reader, as it reaches the person of that number (the first where there is none)."""
    content = request.version.content
    shown, face = whom(request, person)
    return Review(
        content=content,
        purpose=wording.PURPOSES[content["purpose"]],
        audience=wording.audience(content),
        schedule=wording.schedule(content),
        payer=wording.who_pays(content, request.paid_by_others),
        measured=wording.measured(content),
        people=request.count.people,
        greets=wording.greets(content),
        each_person=wording.each_person(content),
        faces=shown,
        face=face,
        lacking=any(each.kind == "missing" for each in shown),
        messages=tuple(
            _shown(content, step, letter, face, request.count.steps)
            for step in content["steps"]
            for letter, _ in wordings.every(step)
        ),
        since_last=_since_last(request),
    )


def whom(request: ApprovalRequest, person: str) -> tuple[list[Face], Face]:
    """The people whom the review shows, whatever the channel, and the chosen one: the same on page and in frames."""
    needs = sorted({need for step in request.version.content["steps"] for need in step["needs"]})
    shown = faces(request.campaign, needs)
    return shown, next((each for each in shown if str(each.number) == person), shown[0])


def rendered(
    content: dict[str, Any], position: int, shown: Sample, letter: str = ""
) -> tuple[Rendered | None, str]:
    """A message for the person shown, or why they would not get it."""
    try:
        return render(content, position, shown.person, EXAMPLE_LINK, letter), ""
    except MissingValue as missing:
        return None, f"The words need what is not known here: {BY_NAME[missing.field].says}"
    except Unrenderable as refused:
        return None, str(refused)


def _shown(
    content: dict[str, Any], step: dict[str, Any], letter: str, face: Face, counts: dict[str, Any]
) -> Shown:
    made, problem = rendered(content, step["position"], face.sample, letter)
    return Shown(
        position=step["position"],
        wording=letter,
        channel=step["channel"],
        kind=wording.channel(step) + wordings.named(letter),
        when=wording.when(step),
        sender=wording.sender(step),
        sender_address=step["sender"]["address"],
        asks=f"?person={face.number}" + (f"&wording={letter}" if letter else ""),
        made=made,
        problem=problem,
        reach=_reach(counts.get(str(step["position"]))),
    )


def _reach(count: dict[str, Any] | None) -> Reach | None:
    if count is None:
        return None
    codes = sorted((count.get("codes") or {}).items(), key=lambda each: -each[1])
    reasons = tuple((code, number) for code, number in codes if number)
    return Reach(
        count.get("total", 0), count.get("clear", 0), count.get("waiting", 0), count.get("held", 0), reasons
    )


def _since_last(request: ApprovalRequest) -> list[Difference] | None:
    """What changed since the client last signed this campaign; None when it never did."""
    last = signed_before.last_signed(request)
    return signed_before.changes(last, request) if last is not None else None
