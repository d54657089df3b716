"""Comments on the messages that lie before a client: made by its people in the review, answered and settled by the agency."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction

from campaigns import approval_letters
from campaigns.models import ApprovalRequest, Campaign, Comment, Step
from tenants import audit
from tenants.clock import db_now
from tenants.models import User

LONGEST = 4000
MOST = 200  # of a round: a page that a person reads


class CannotComment(Exception):
    """Nothing was noted; the message is a sentence for the person who tried."""


@dataclass
class Thread:
    """A comment with its answers, and the message it is about as the campaign stands now."""

    comment: Comment
    answers: list[Comment] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether it still waits."""
        return self.comment.resolved_at is None

    @property
    def position(self) -> int | None:
        """Where its message stands now; where it stood when the message is gone."""
        return self.comment.step.position if self.comment.step else self.comment.position


def threads(campaign: Campaign, until: ApprovalRequest | None = None) -> list[Thread]:
    """Every comment of a campaign, oldest round first, with its answers; up to a round when one is given. One query."""
    rows = Comment.objects.filter(campaign=campaign).select_related(
        "by", "resolved_by", "step", "request__version"
    )
    if until is not None:
        rows = rows.filter(request__lte=until.pk)
    made: dict[int, Thread] = {}
    for each in rows.order_by("pk"):
        if each.answers_id is None:
            made[each.pk] = Thread(each)
        elif each.answers_id in made:
            made[each.answers_id].answers.append(each)
    return list(made.values())


def about(found: Iterable[Thread], step: Step | None) -> list[Thread]:
    """The threads of one message of the draft; with None those about all of it, or about a message that is gone."""
    if step is None:
        return [each for each in found if each.comment.step_id is None]
    return [each for each in found if each.comment.step_id == step.pk]


def at_position(found: Iterable[Thread], position: int | None, request: ApprovalRequest) -> list[Thread]:
    """The threads of one message of a round: by where the message stands while it is open, else by where it stood."""
    open_now = request.closed_at is None
    return [
        each
        for each in found
        if (each.position if open_now else each.comment.position) == position
        and (open_now or each.comment.request_id == request.pk)
    ]


def add(
    request: ApprovalRequest, by: User, words: str, position: int | None = None, *, letter: bool = True
) -> Comment:
    """Note what the client says of a round, and write to the agency. Raises CannotComment."""
    said = _said(words)
    if position is not None and position not in [
        each["position"] for each in request.version.content["steps"]
    ]:
        raise CannotComment("There is no such message in this campaign.")
    if Comment.objects.filter(request=request).count() >= MOST:
        raise CannotComment("There are very many comments on this already. Ask for a change instead.")
    step = Step.objects.filter(campaign=request.campaign_id, position=position).first() if position else None
    made: Comment = Comment.objects.create(
        client_id=request.client_id, campaign_id=request.campaign_id, request=request, step=step, position=position, by=by, words=said
    )  # fmt: skip
    audit.record("approval.commented", made, client_id=request.client_id, by=by, position=position)
    if letter:
        letters = approval_letters.commented(made)
        transaction.on_commit(lambda: approval_letters.deliver(letters))
    return made


def answer(to: Comment, by: User, words: str, *, settle: bool = False) -> Comment:
    """The agency answers a comment, and settles it with that if it says so. Raises CannotComment."""
    said = _said(words)
    if to.answers_id is not None:
        raise CannotComment("Answer the comment itself.")
    made: Comment = Comment.objects.create(
        client_id=to.client_id, campaign_id=to.campaign_id, request_id=to.request_id, answers=to, step_id=to.step_id,
        position=to.position, by=by, from_agency=True, words=said,
    )  # fmt: skip
    audit.record("approval.comment_answered", made, client_id=to.client_id, by=by)
    if settle and to.resolved_at is None:
        resolve(to, by)
    return made


def resolve(comment: Comment, by: User, *, done: bool = True) -> None:
    """Settle a comment, or open it again. Raises CannotComment when it stands so already."""
    held: Comment = Comment.objects.select_for_update(of=("self",)).get(pk=comment.pk, answers=None)
    if (held.resolved_at is not None) == done:
        raise CannotComment(f"This comment is {'settled' if done else 'open'} already.")
    held.resolved_at, held.resolved_by = (db_now(), by) if done else (None, None)
    held.save(update_fields=["resolved_at", "resolved_by"])
    audit.record(
        "approval.comment_settled" if done else "approval.comment_reopened",
        held,
        client_id=held.client_id,
        by=by,
    )


def _said(words: str) -> str:
    said = words.replace("\0", "").strip()
    if not said:
        raise CannotComment("Write something first.")
    if len(said) > LONGEST:
        raise CannotComment(f"At most {LONGEST:,} letters.")
    return said
