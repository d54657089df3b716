"""Which rows are one person, and who lives together: the same whatever the order."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from consent.importing.answers import Answer
from consent.importing.households import moved
from consent.importing.people import Gathering, Person, Words
from consent.importing.rows import ReadContact

pairs = st.lists(st.tuples(st.integers(1, 8), st.integers(1, 12)), max_size=30)


@given(pairs, st.randoms())
def test_households_that_share_an_address_become_the_smallest_one_in_any_order(
    at_address: list[tuple[int, int]], chance: object
) -> None:
    moves = moved(at_address)
    shuffled = list(at_address)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert moved(shuffled) == moves
    becomes = {household: moves.get(household, household) for _, household in at_address}
    for address, household in at_address:
        together = {becomes[other] for where, other in at_address if where == address}
        assert together == {becomes[household]}
    assert all(after < before for before, after in moves.items())
    groups: dict[int, list[int]] = {}
    for before, after in becomes.items():
        groups.setdefault(after, []).append(before)
    assert all(min(group) == after for after, group in groups.items())


rows = st.builds(
    ReadContact,
    line=st.just(0),
    external_id=st.sampled_from(["", "1", "2"]),
    first_name=st.sampled_from(["Jane", "Bob"]),
    last_name=st.sampled_from(["Doe", "Ray"]),
    phone=st.sampled_from(["", "+15742310001", "+15742310002"]),
    email=st.sampled_from(["jane@example.org", "bob@example.org"]),
    last_visit=st.sampled_from([None, date(2022, 1, 1), date(2024, 1, 1)]),
    sms_answer=st.sampled_from(list(Answer)),
    email_answer=st.sampled_from(list(Answer)),
)


def gathered(given_rows: list[ReadContact]) -> list[Person]:
    gathering = Gathering(Words(1))
    gathering.add(given_rows)
    return gathering.people


@given(st.lists(rows, max_size=8), st.randoms())
def test_no_row_is_lost_and_no_no_is_lost(given_rows: list[ReadContact], chance: object) -> None:
    for line, row in enumerate(given_rows, 2):
        row.line = line
    people = gathered(given_rows)
    assert sorted(row.line for person in people for row in person.lines) == [row.line for row in given_rows]
    said_no = {("sms", row.phone) for row in given_rows if row.phone and row.sms_answer is Answer.NO}
    said_no |= {("email", row.email) for row in given_rows if row.email_answer is Answer.NO}
    assert set().union(*(person.no for person in people)) == said_no
    for person in people:
        visits = [row.last_visit for row in person.lines if row.last_visit]
        assert person.last_visit == max(visits, default=None)
    chance.shuffle(given_rows)  # type: ignore[attr-defined]
    assert set().union(*(person.no for person in gathered(given_rows))) == said_no
