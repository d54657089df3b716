"""When a person may be texted: figures worked out by hand, the edges, and the tables."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from compliance.hours import (
    HOUSE,
    RULES_VERSION,
    Closed,
    Edge,
    Hours,
    OwnHours,
    Spans,
    holidays,
    law_for,
    overdue_reviews,
    spans,
)
from compliance.hours.holidays import easter
from compliance.hours.law import STATE_HOURS_FILE, read_laws
from compliance.hours.window import instant
from consent.places import UNKNOWN, all_states, places, unite, window_key

E, C, M, P = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
TUESDAY_WINTER, TUESDAY_SUMMER = date(2026, 1, 13), date(2026, 7, 14)
SATURDAY, SUNDAY = date(2026, 7, 18), date(2026, 7, 19)


def said(answer: Spans, zone: str = E) -> str:
    """The span in a zone's local hours, "13:00-17:00", or "closed"."""
    return "|".join(
        f"{span.opens_at.astimezone(ZoneInfo(zone)):%H:%M}-{span.closes_at.astimezone(ZoneInfo(zone)):%H:%M}"
        for span in answer
    ) or "closed"  # fmt: skip


def area(code: int, state: str | None = None, zip_code: str | None = None) -> str:
    return window_key(f"+1{code}5550142", state, zip_code)


def test_unknown_place_with_all_state_rules_is_early_afternoon_eastern_on_weekdays_only() -> None:
    # Hawaii's 8:00 is 13:00 or 14:00 Eastern; Maine closes at 17:00, sooner than the 20:00 of most states.
    assert said(spans(UNKNOWN, TUESDAY_WINTER)) == "13:00-17:00"
    assert said(spans(UNKNOWN, TUESDAY_SUMMER)) == "14:00-17:00"
    assert said(spans(UNKNOWN, TUESDAY_WINTER, own=HOUSE)) == "15:00-17:00"
    assert said(spans(UNKNOWN, TUESDAY_SUMMER, own=HOUSE)) == "16:00-17:00"
    assert said(spans(UNKNOWN, SATURDAY)) == said(spans(UNKNOWN, SUNDAY)) == "closed"
    assert said(spans(UNKNOWN, date(2026, 7, 24))) == "closed"  # Pioneer Day, in Utah alone


@pytest.mark.parametrize(
    "hours, day, added, expected",
    [
        ((8, 20), TUESDAY_WINTER, "", "13:00-20:00"),
        ((8, 20), TUESDAY_SUMMER, "", "14:00-20:00"),
        ((10, 18), TUESDAY_WINTER, "", "15:00-18:00"),
        ((10, 18), TUESDAY_SUMMER, "", "16:00-18:00"),
        ((8, 20), TUESDAY_WINTER, "America/Puerto_Rico", "13:00-19:00"),
        ((8, 20), TUESDAY_WINTER, "Pacific/Guam", "closed"),
        ((8, 20), TUESDAY_WINTER, "Pacific/Pago_Pago", "14:00-20:00"),
    ],
)
def test_one_window_over_all_fifty_states_is_what_was_worked_out_by_hand(
    hours: tuple[int, int], day: date, added: str, expected: str
) -> None:
    zones = {place.zone for place in places(UNKNOWN)} | ({added} if added else set())
    opens, closes = (
        pick(datetime.combine(day, time(hour), ZoneInfo(zone)) for zone in zones)
        for pick, hour in ((max, hours[0]), (min, hours[1]))
    )
    eastern = ZoneInfo(E)
    shown = f"{opens.astimezone(eastern):%H:%M}-{closes.astimezone(eastern):%H:%M}"
    assert (shown if opens < closes else "closed") == expected


@pytest.mark.parametrize(
    "key, day, zone, expected",
    [
        (area(305), TUESDAY_WINTER, E, "08:00-20:00"),
        (area(850), TUESDAY_WINTER, E, "09:00-20:00"),
        (area(850), TUESDAY_WINTER, C, "08:00-19:00"),
        (area(270), TUESDAY_WINTER, E, "11:00-21:00"),
        (area(423), TUESDAY_WINTER, E, "09:00-21:00"),
        (area(906), TUESDAY_WINTER, E, "10:00-21:00"),
        (area(605), TUESDAY_WINTER, C, "10:00-21:00"),
        (area(208), TUESDAY_WINTER, M, "09:00-21:00"),
        (area(541), TUESDAY_WINTER, P, "08:00-19:00"),
        # Navajo clocks differ from Phoenix's in summer only.
        (area(928), TUESDAY_WINTER, "America/Phoenix", "08:00-21:00"),
        (area(928), TUESDAY_SUMMER, "America/Phoenix", "08:00-20:00"),
        # El Paso is read on its own clock and on Central.
        (area(915), TUESDAY_WINTER, M, "09:00-20:00"),
        (area(915), SUNDAY, M, "12:00-20:00"),
        (area(512), SUNDAY, C, "12:00-21:00"),
        (area(601), TUESDAY_WINTER, C, "08:00-20:00"),
        (area(601), SUNDAY, C, "closed"),
        (area(207), TUESDAY_WINTER, E, "09:00-17:00"),
        (area(207), SATURDAY, E, "closed"),
        (area(401), SATURDAY, E, "10:00-17:00"),
        (area(402), SUNDAY, C, "13:00-21:00"),
        (area(605), SUNDAY, C, "closed"),
        (area(907), TUESDAY_WINTER, "America/Anchorage", "09:00-21:00"),
        (area(787), SUNDAY, "America/Puerto_Rico", "08:00-21:00"),
        (area(671), SUNDAY, "Pacific/Guam", "08:00-21:00"),
        (area(684), SUNDAY, "Pacific/Pago_Pago", "08:00-21:00"),
        # A Californian number of somebody in Boston: 9:00 Pacific to 20:00 Eastern.
        (area(213, "MA", "02134"), TUESDAY_WINTER, E, "12:00-20:00"),
        (area(671, "FL"), TUESDAY_WINTER, E, "closed"),
    ],
)
def test_hours_by_place(key: str, day: date, zone: str, expected: str) -> None:
    assert said(spans(key, day), zone) == expected


def test_a_zip_that_decides_gives_its_own_clock_only() -> None:
    assert said(spans(window_key(None, "FL", None), TUESDAY_WINTER), C) == "08:00-19:00"
    assert said(spans(window_key(None, "FL", "32501"), TUESDAY_WINTER), C) == "08:00-20:00"
    assert said(spans(window_key(None, "FL", "33101"), TUESDAY_WINTER), E) == "08:00-20:00"


def test_utc_moves_with_the_clocks_and_local_hours_do_not() -> None:
    key = area(512)
    before, change, after = (spans(key, date(2026, 3, day)).spans[0] for day in (7, 8, 9))
    assert (before.opens_at, before.closes_at) == (utc(7, 15), utc(8, 3))
    assert (change.opens_at, change.closes_at) == (
        utc(8, 17),
        utc(9, 2),
    )  # a Sunday: noon, now five hours behind
    assert (after.opens_at, after.closes_at) == (utc(9, 14), utc(10, 2))


def utc(day: int, hour: int) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def test_the_end_of_a_local_day_is_the_next_midnight() -> None:
    assert instant(date(2026, 11, 1), 24 * 60, E) == datetime(2026, 11, 2, 5, tzinfo=UTC)
    assert instant(date(2026, 11, 1), 0, E) == datetime(2026, 11, 1, 4, tzinfo=UTC)


def test_each_edge_names_the_rule_the_state_and_the_local_time_that_set_it() -> None:
    (span,) = spans(area(213, "MA"), TUESDAY_WINTER)
    assert span.opened_by == Edge("STATE-HOURS", "CA", "09:00", P)
    assert span.closed_by == Edge("STATE-HOURS", "MA", "20:00", E)
    (span,) = spans(area(404), TUESDAY_WINTER)
    assert span.opened_by == Edge("TCPA-QUIET-HOURS", "GA", "08:00", E)
    (span,) = spans(area(207), TUESDAY_WINTER, own=HOUSE)
    assert span.opened_by == Edge("SEND-WINDOW-HOUSE", "ME", "10:00", E)
    assert span.closed_by == Edge("STATE-HOURS", "ME", "17:00", E)
    (span,) = spans(area(402), date(2026, 5, 25))
    assert span.opened_by == Edge("STATE-HOLIDAY", "NE", "13:00", C)


def test_a_closed_day_says_every_reason() -> None:
    assert spans(area(205), SUNDAY).closed == (Closed("STATE-HOURS", "AL", "Closed on Sundays."),)
    assert spans(area(205), date(2026, 4, 27)).closed == (
        Closed("STATE-HOLIDAY", "AL", "Confederate Memorial Day: closed on holidays."),
    )
    assert {reason.state for reason in spans(UNKNOWN, SUNDAY).closed} == {
        "AL", "LA", "ME", "MS", "PA", "RI", "SD", "UT",
    }  # fmt: skip
    (reason,) = spans(area(671, "FL"), TUESDAY_WINTER).closed
    assert reason.rule == "NO_LAWFUL_WINDOW"
    (reason,) = spans(area(404), SUNDAY, own=HOUSE).closed
    assert reason == Closed("SEND-WINDOW-HOUSE", "", "The client's own hours are closed on Sundays.")


def test_a_damaged_key_opens_nothing() -> None:
    with pytest.raises(ValueError, match="window key"):
        spans("FL/America/Nowhere", TUESDAY_WINTER)


def test_a_known_place_united_with_an_unknown_one_keeps_its_hours() -> None:
    assert spans(unite(UNKNOWN, area(305)), SUNDAY).spans == spans(area(305), SUNDAY).spans


def test_house_hours_fit_inside_every_states_weekday_except_maines() -> None:
    for state in all_states():
        zone = min(place.zone for place in places(window_key(None, state, None)))
        answer = said(spans(f"{state}/{zone}", date(2026, 3, 10), own=HOUSE), zone)
        assert answer == ("10:00-17:00" if state == "ME" else "10:00-18:00"), state


def test_own_hours_are_read_written_and_refused_in_words() -> None:
    week = ["9:30-17", "10-18", "10-18", "10-18", "10-18", "-", " - "]
    own = OwnHours.parse(week)
    assert own.hours(date(2026, 7, 13)) == Hours(570, 1020)
    assert own.hours(SUNDAY) is None
    assert OwnHours.parse(own.texts()) == own
    assert OwnHours() == HOUSE == OwnHours.parse(["10-18"] * 5 + ["-"] * 2)
    assert said(spans(area(305), date(2026, 7, 13), own=own)) == "09:30-17:00"
    assert said(spans(area(305), TUESDAY_SUMMER, own=OwnHours.parse(["0-24"] * 7))) == "08:00-20:00"
    for wrong in ("18-10", "9-25", "nine", "9-9", "9:70-10", ""):
        with pytest.raises(ValueError, match="Tuesday: "):
            OwnHours.parse(["10-18", wrong, *["10-18"] * 5])
    for days in (6, 8):
        with pytest.raises(ValueError, match="each of the seven days"):
            OwnHours.parse(["10-18"] * days)


def test_oregons_hours_begin_on_the_day_its_act_does() -> None:
    assert law_for("OR", date(2025, 12, 31)).max_per_24h is None
    assert said(spans(area(503), date(2025, 12, 31)), P) == "08:00-21:00"
    assert law_for("OR", date(2026, 1, 1)).max_per_24h == 3
    assert said(spans(area(503), date(2026, 1, 1)), P) == "08:00-20:00"


def test_caps_are_set_in_the_four_states_that_have_them() -> None:
    capped = {state for state in all_states() if law_for(state, TUESDAY_SUMMER).max_per_24h == 3}
    assert capped == {"FL", "MD", "OK", "OR"}


def test_a_table_with_a_gap_an_overlap_or_a_missing_state_is_refused(tmp_path: Path) -> None:
    whole = STATE_HOURS_FILE.read_text(encoding="utf-8")
    damaged = {
        "gap": whole.replace(",2026-01-01,,HB 3865", ",2026-02-01,,HB 3865"),
        "overlap": whole.replace(",2026-01-01,,HB 3865", ",2025-12-01,,HB 3865"),
        "missing": "".join(line for line in whole.splitlines(True) if not line.startswith("WY,")),
        "hours": whole.replace("\nWY,8-20,", "\nWY,20-8,"),
    }
    for text in damaged.values():
        assert text != whole
        (tmp_path / "state_hours.csv").write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match="state_hours.csv|must open before it closes"):
            read_laws(tmp_path / "state_hours.csv")


def test_rows_not_reviewed_for_half_a_year_are_named() -> None:
    reviewed = law_for("FL", TUESDAY_SUMMER).reviewed_at
    assert overdue_reviews(reviewed + timedelta(days=180)) == ()
    overdue = {law.state for law in overdue_reviews(reviewed + timedelta(days=181))}
    assert overdue == {"US", *all_states()}


def test_the_version_of_the_rules_is_short_and_stable() -> None:
    assert len(RULES_VERSION) == 12
    assert spans(UNKNOWN, SUNDAY).rules_version == RULES_VERSION


@pytest.mark.parametrize(
    "year, expected",
    [(2024, (3, 31)), (2025, (4, 20)), (2026, (4, 5)), (2027, (3, 28)), (2028, (4, 16)), (2038, (4, 25))],
)
def test_easter_falls_where_the_almanac_says(year: int, expected: tuple[int, int]) -> None:
    assert easter(year) == date(year, *expected)


def test_federal_holidays_of_2027_are_the_published_ones() -> None:
    published = [
        (1, 1),
        (1, 18),
        (2, 15),
        (5, 31),
        (6, 19),
        (7, 4),
        (9, 6),
        (10, 11),
        (11, 11),
        (11, 25),
        (12, 25),
    ]
    assert sorted(holidays("OH", 2027)) == [date(2027, month, day) for month, day in published]


@pytest.mark.parametrize(
    "state, day, name",
    [
        ("LA", date(2026, 2, 17), "Mardi Gras"),
        ("LA", date(2027, 2, 9), "Mardi Gras"),
        ("LA", date(2026, 4, 3), "Good Friday"),
        ("LA", date(2026, 11, 3), "General Election Day"),
        ("LA", date(2027, 11, 2), None),
        ("PA", date(2027, 3, 26), "Good Friday"),
        ("PA", date(2026, 6, 14), "Flag Day"),
        ("PA", date(2027, 11, 2), "Election Day"),
        ("AL", date(2026, 4, 27), "Confederate Memorial Day"),
        ("MS", date(2027, 4, 26), "Confederate Memorial Day"),
        ("AL", date(2026, 6, 1), "Jefferson Davis Day"),
        ("UT", date(2026, 7, 24), "Pioneer Day"),
        ("AL", date(2026, 7, 3), "Independence Day (observed)"),
        ("AL", date(2027, 7, 5), "Independence Day (observed)"),
        ("AL", date(2021, 12, 31), "New Year's Day (observed)"),
        ("MS", date(2026, 7, 3), None),
        ("MS", date(2026, 7, 4), "Independence Day"),
        ("MS", date(2027, 7, 5), "Independence Day (observed)"),
        ("UT", date(2026, 7, 3), "Independence Day (observed)"),
        ("UT", date(2027, 7, 23), "Pioneer Day (observed)"),
        ("OH", date(2027, 7, 5), None),
    ],
)
def test_holidays_of_a_state(state: str, day: date, name: str | None) -> None:
    assert law_for(state, day).holiday_name(day) == name
