"""When a process has read its modules, nothing of them is garbage before its end, and there is much of it to look through."""

from __future__ import annotations

import gc

AFTER = 20_000  # objects made and not thrown away, until it is looked for garbage; Python's own figure is 700


def settle(**_: object) -> None:
    """Leave everything made so far out of what the collector looks through, and have it look less often.

    To be called once, when a process has read what it needs. Looking through it took a third of the time of the queries
    that are written anew, which make many small objects (docs/performance.md).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(AFTER, 20, 20)
