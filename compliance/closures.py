"""Days on end without a lawful hour, as rows: whoever falls into one is told at once instead of waiting (rule TZ-RESOLVE, 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from compliance.hours import spans
from compliance.models import Closure

# A closed day is put off to the next, three times; a message whose whole wait is closed is never sent.
LONGEST_WAIT = timedelta(days=4)

Gap = tuple[str, datetime, datetime]  # window key, closed from, closed until


def keep(
    keys: Iterable[str], opens: Mapping[str, list[tuple[datetime, datetime]]], at: datetime, until: datetime
) -> None:
    """Make the rows of these keys say what their windows (`opens`, in order) say from `at` until `until`.

    What lies in the past stays; a gap that has begun keeps its beginning.
    """
    keys = set(keys)
    wanted = {
        (key, begin): end for key in keys for key, begin, end in _gaps(key, opens.get(key, []), at, until)
    }
    for row in Closure.objects.filter(window_key__in=keys, closed_until__gt=at):
        begin = max(row.closed_from, at)
        end = wanted.pop((row.window_key, begin), None)
        if end is not None:
            Closure.objects.filter(pk=row.pk).update(closed_until=end)
        elif row.closed_from >= at:
            row.delete()
        else:
            Closure.objects.filter(pk=row.pk).update(closed_until=at)
    Closure.objects.bulk_create(
        (
            Closure(window_key=key, closed_from=begin, closed_until=end, reason=_reason(key, begin.date()))
            for (key, begin), end in wanted.items()
        ),
        ignore_conflicts=True,
    )


def _gaps(key: str, opens: list[tuple[datetime, datetime]], at: datetime, until: datetime) -> Iterable[Gap]:
    closed_from = at
    for begin, end in [*opens, (until, until)]:
        if begin - closed_from > LONGEST_WAIT:
            yield key, closed_from, begin
        closed_from = max(closed_from, end)


def _reason(key: str, day: date) -> str:
    """Why the first whole day of a gap is closed."""
    return next((each.reason for each in spans(key, day + timedelta(days=1)).closed), "No lawful hour.")[:300]
