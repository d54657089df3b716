"""The hand-over protocol as an explicit-state model: every interleaving there is, visited breadth first.

One message, two workers, a broker that loses and doubles bells, a provider without idempotency keys, a person who
says STOP at any moment, a member who sends once again, or closes, what nobody could find out, the provider's callbacks at any moment,
`kill -9`, a freeze past the two seconds and an expired deadline at every step. `SAFEGUARDS`
names what can be taken away, one at a time: the model must then find the harm, and none with all of them in place.

The words are the product's: statuses are those of `messaging.models.Status`, the places of a worker are the failpoints
of `tenants.failpoints` it stands behind.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

# What the mutant does in place of the safeguard, by its name.
SAFEGUARDS = {
    "status_check": "reads the status, calls, writes afterwards, instead of claiming in one transaction",
    "retry_timeout": "queues a message again after a call without an answer",
    "requeue": "queues a message again when its deadline has passed",
    "no_sweep": "has nobody who rings again for what a lost bell left queued",
    "no_lock": "takes no lock on the address, so that the barrier behind an opt-out waits for nobody",
    "no_recheck": "claims without asking the gate again",
    "no_poll": "asks nobody for the texts whose webhooks were lost",
    "no_begin_check": "calls however long ago the message was judged",
    "newest_only": "believes that the provider took it only of the newest attempt",
    "closed_stays": "believes no proof of what a member closed",
}
CRASHES, FREEZES, BELLS = 2, 2, 2  # how many of each a run may have; more shows nothing new
MISHAPS = 1  # crashes and freezes of a run in which a message is sent again or closed; from then on nobody says STOP


class Worker(NamedTuple):
    """A worker process: where it stands, and the fence of what it holds."""

    at: str = "idle"
    fence: int = 0


class State(NamedTuple):
    """Everything there is in the model's world."""

    status: str = "queued"
    fence: int = 0
    said_stop: bool = False
    webhook: bool = False  # on its way to us
    stored: bool = False  # the opt-out is committed: every later claim sees it
    enforced: bool = False  # the barrier has stamped it: from here on no hand-off begins
    bells: int = 1
    taken: tuple[int, ...] = ()  # by the provider: the fences of the attempts
    proven: tuple[int, ...] = ()  # of these, whose proof is on record
    sent_again: bool = False  # a member chose it
    begun_late: int = 0  # hand-offs begun after the opt-out was enforced
    crashes: int = 0
    freezes: int = 0
    workers: tuple[Worker, Worker] = (Worker(), Worker())


Step = tuple[str, State]
LOCKED = ("lock.got", "tx1.after_commit", "late")  # the address lock is held here
CHANCE = (
    "the person",
    "the webhook is lost",
    "the broker",
    "a worker is killed",
    "a worker freezes",
    "a member",
)


def steps(of: State, without: str = "") -> Iterator[Step]:
    """Whatever can happen next."""
    yield from _person(of, without)
    yield from _broker(of, without)
    for number, worker in enumerate(of.workers):
        for what, state, becomes in _worker(of, worker, without):
            workers = list(of.workers)
            workers[number] = becomes
            yield f"worker {number}: {what}", state._replace(workers=(workers[0], workers[1]))
    yield from _reconciling(of, without)


def _person(of: State, without: str) -> Iterator[Step]:
    if not of.said_stop and not of.sent_again and of.status != "cancelled":
        yield "the person texts STOP", of._replace(said_stop=True, webhook=True)
    if of.webhook:
        yield "the webhook is lost", of._replace(webhook=False)
        yield "hook.after_commit", of._replace(stored=True, webhook=False)
    if of.said_stop and not of.stored and without != "no_poll":
        yield "the poll finds it", of._replace(stored=True, webhook=False)
    if of.stored and not of.enforced:
        places = [worker.at for worker in of.workers]
        # The lock was free, or its three seconds are over: then whoever was judged before the opt-out is late.
        free = without == "no_lock" or not any(at in LOCKED for at in places)
        if free or "tx1.after_commit" not in places:
            yield "stop.after_commit", of._replace(enforced=True)


def _broker(of: State, without: str) -> Iterator[Step]:
    if 0 < of.bells < BELLS:
        yield "the broker doubles a bell", of._replace(bells=of.bells + 1)
    if of.bells:
        yield "the broker forgets everything", of._replace(bells=0)
    if of.status == "queued" and not of.bells and without != "no_sweep":
        yield "the sweep rings again", of._replace(bells=1)


def _worker(of: State, me: Worker, without: str) -> Iterator[tuple[str, State, Worker]]:
    idle = Worker()
    if me.at == "idle":
        if of.bells:
            yield "wake.taken", of._replace(bells=of.bells - 1), Worker("wake.taken")
        return
    if me.at == "wake.taken":
        if without in ("no_lock", "status_check") or not any(worker.at in LOCKED for worker in of.workers):
            yield "lock.got", of, Worker("lock.got")
        else:
            yield "the address is another's", of, idle
    elif me.at == "lock.got":
        yield from _claim(of, without)
    elif me.at == "tx1.after_commit":
        begun = of._replace(begun_late=of.begun_late + of.enforced)
        taken = begun._replace(taken=(*of.taken, me.fence))
        yield "call: accepted", taken, Worker("http.after_read", me.fence)
        yield "call: accepted, the answer is lost", taken, Worker("unclear", me.fence)
        yield "call: never arrived", begun, Worker("unclear", me.fence)
        if of.freezes < FREEZES and _may_go_wrong(of):
            yield (
                "a worker freezes past its two seconds",
                of._replace(freezes=of.freezes + 1),
                Worker("late", me.fence),
            )
    elif me.at == "late":
        if without == "no_begin_check":
            late = of._replace(begun_late=of.begun_late + of.enforced, taken=(*of.taken, me.fence))
            yield "call: accepted", late, Worker("http.after_read", me.fence)
        mine = of.status == "handing" and of.fence == me.fence
        back = "accepted" if of.proven and without != "newest_only" else "queued"
        yield "begin.check: certainly not sent", of._replace(status=back) if mine else of, idle
    elif me.at == "http.after_read":
        yield "tx2.after", _proof(of, me.fence, without), idle
    elif me.at == "unclear":
        yield from _record_unclear(of, me, without)
    if of.crashes < CRASHES and _may_go_wrong(of):
        killed = of._replace(crashes=of.crashes + 1)
        yield "a worker is killed", killed, idle
        yield (
            "a worker is killed and its bell comes again",
            killed._replace(bells=min(BELLS, of.bells + 1)),
            idle,
        )


def _may_go_wrong(of: State) -> bool:
    decided = of.sent_again or of.status == "cancelled"
    return not decided or of.crashes + of.freezes < MISHAPS


def _claim(of: State, without: str) -> Iterator[tuple[str, State, Worker]]:
    if of.status != "queued":
        yield "somebody else's already", of, Worker()
    elif of.stored and without != "no_recheck":
        yield "the gate holds it", of._replace(status="held"), Worker()
    elif without == "status_check":
        yield "reads that it is queued", of, Worker("tx1.after_commit")
    else:
        yield (
            "tx1.after_commit",
            of._replace(status="handing", fence=of.fence + 1),
            Worker("tx1.after_commit", of.fence + 1),
        )


def _record_unclear(of: State, me: Worker, without: str) -> Iterator[tuple[str, State, Worker]]:
    again = min(BELLS, of.bells + 1)
    if without == "retry_timeout":
        yield "tx2: queued again", of._replace(status="queued", bells=again), Worker()
    elif without == "status_check":
        yield "tries again", of._replace(bells=again), Worker()
    else:
        mine = of.status == "handing" and of.fence == me.fence
        yield "tx2: unknown", of._replace(status="unknown") if mine else of, Worker()


def _proof(of: State, fence: int, without: str) -> State:
    """It is known that the provider took this attempt."""
    proven = tuple(sorted({*of.proven, fence}))
    newest = of.fence == fence and of.status in ("handing", "unknown", "unresolved", "queued")
    waits = of.status in ("queued", "unresolved") and without != "newest_only"
    closed = of.status == "cancelled" and without != "closed_stays"
    known = newest or waits or closed or without == "status_check"
    return of._replace(proven=proven, status="accepted" if known else of.status)


def _reconciling(of: State, without: str) -> Iterator[Step]:
    if of.status == "handing":
        if without == "requeue":
            yield (
                "the deadline passes: queued again",
                of._replace(status="queued", bells=min(BELLS, of.bells + 1)),
            )
        else:
            yield "the deadline passes: unknown", of._replace(status="unknown")
    if of.status == "unknown":
        if of.fence in of.taken:
            yield "recon.before_bind: found", _proof(of, of.fence, without)
        else:
            known = of.proven and without != "newest_only"
            yield "the provider knows of none", of._replace(status="accepted" if known else "unresolved")
    for fence in {*of.taken} - {*of.proven}:
        yield "a callback", _proof(of, fence, without)
    untouched = not of.sent_again and not of.said_stop and of.crashes + of.freezes <= MISHAPS
    if of.status == "unresolved" and untouched:
        yield "a member sends it again", of._replace(status="queued", sent_again=True)
        yield "a member closes it", of._replace(status="cancelled")


def harm(of: State, still: bool) -> str:
    """The promise that is broken here; empty when none is. `still`: nothing more happens by itself."""
    if len(of.taken) > 1 + of.sent_again:
        return "double"
    if of.sent_again and of.proven and of.status == "queued":
        return "queued, though known to be taken"
    if of.begun_late:
        return "after_stop"
    if of.taken and of.status == "held":
        return "held, yet sent"
    if still:
        if of.status in ("queued", "handing"):
            return "lost"
        if of.said_stop and not of.enforced:
            return "the STOP is lost"
        if set(of.taken) != set(of.proven) or (of.taken and of.status != "accepted"):
            return "unrecorded"
    return ""


class Found(NamedTuple):
    """What a search of all states found."""

    states: int
    harm: str
    path: list[str]
    changes: set[tuple[str, str]]  # of the message's status


def search(without: str = "") -> Found:
    """Every state that can be reached; stops at the first that breaks a promise, with the shortest way there."""
    first = State()
    came: dict[State, Step | None] = {first: None}
    waiting = deque([first])
    changes: set[tuple[str, str]] = set()
    while waiting:
        state = waiting.popleft()
        following = list(steps(state, without))
        still = not [what for what, _ in following if not any(chance in what for chance in CHANCE)]
        if broken := harm(state, still):
            return Found(len(came), broken, _way(came, state), changes)
        for what, to in following:
            if to.status != state.status:
                changes.add((state.status, to.status))
            if to not in came:
                came[to] = (what, state)
                waiting.append(to)
    return Found(len(came), "", [], changes)


def _way(came: dict[State, Step | None], to: State) -> list[str]:
    path = []
    while (step := came[to]) is not None:
        what, to = step
        path.append(what)
    return path[::-1]
