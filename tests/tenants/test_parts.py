"""The parts of pages say what they should, and never with an inline style."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.template import Context, Template
from django.test import Client as Browser
from django.urls import get_resolver, reverse

from tenants.csv_export import safe_cell
from tenants.templatetags import figures, parts
from tests import people

AT = datetime(2026, 3, 8, 15, 0, tzinfo=UTC)


def show(text: str, **values: object) -> str:
    return " ".join(Template("{% load parts %}" + text).render(Context(values)).split())


def test_a_time_is_shown_in_its_place_with_the_zones_name() -> None:
    assert "11:00 EDT" in show('{% when at "America/New_York" %}', at=AT)
    assert "08:00 MST" in show('{% when at "America/Phoenix" "time" %}', at=AT)
    assert "15:00 UTC" in show('{% when at "Nowhere/Atall" %}', at=AT)
    assert ">8 Mar 2026<" in show("{% when day %}", day=date(2026, 3, 8))
    assert "–" in show("{% when nothing %}", nothing=None)


@pytest.mark.parametrize(
    "value, said",
    [(None, "–"), (0, "0"), (4312, "4,312"), (1234.5, "1,234.5"), (Decimal("7.00"), "7")],
)
def test_numbers_have_their_thousands_apart(value: object, said: str) -> None:
    assert figures.number(value) == said


@pytest.mark.parametrize("value, said", [("0.75", "$0.75"), (61, "$61.00"), (1234.4, "$1,234"), (None, "–")])
def test_money_has_cents_while_they_count(value: object, said: str) -> None:
    assert figures.money(value) == said


def test_shares_are_never_rounded_to_nothing() -> None:
    assert figures.share(1, 1000) == "0.10 %"
    assert figures.share(0, 1000) == "0 %"
    assert figures.share(1, 0) == "–"


def test_the_three_answers_stand_in_words_beside_their_colour() -> None:
    assert "Clear" in show('{% answer "clear" %}')
    assert "Waiting</b> until" in show('{% answer "waiting" until=at %}', at=AT)
    assert "Held</b>: opted out" in show('{% answer "held" because="opted out" %}')
    assert "Text: no address" in show('{% mark "sms" %}')


def test_a_refusal_names_its_rule_and_its_way_out() -> None:
    said = show(
        '{% wayout "held" "No." "Why." rule="R-1" cite="47 CFR" who="IT" fix="Fix it" href="/there" %}'
    )
    for part in ("No.", "Why.", "R-1", "47 CFR", "IT", 'href="/there"', "Fix it"):
        assert part in said


def test_a_page_that_does_not_exist_has_no_address() -> None:
    assert parts.maybe_url("no_such_page", client="x") == ""
    assert parts.maybe_url("client", client="x") == "/c/x/"


class Form(forms.Form):
    name = forms.CharField(help_text="As in the contract.")
    kind = forms.ChoiceField(choices=[("a", "One"), ("b", "Two")], widget=forms.RadioSelect)


def test_a_field_has_its_error_at_hand_and_keeps_what_was_typed() -> None:
    form = Form({"name": "", "kind": "zzz"})
    said = show("{% field form.name %}{% field form.kind %}", form=form)
    assert 'aria-invalid="true"' in said
    assert 'aria-describedby="id_name-hint id_name-error"' in said
    assert '<label class="form-label" for="id_name">' in said
    assert "<legend" in said
    assert 'value="<x>"' not in show("{% field form.name %}", form=Form({"name": "<x>"}))


def test_pictures_are_drawn_without_inline_styles_and_with_a_table() -> None:
    rows = [{"label": "Everyone", "count": 10}, {"label": "Clear", "count": 4, "answer": "clear"}]
    assert 'width="40.00"' in show("{% funnel rows %}", rows=rows)
    bars = [{"label": "Bounces", "value": 3, "limit": 2}]
    assert 'width="100.00"' in show("{% bars rows %}", rows=bars)
    chart = show(
        '{% line_chart "c" "Sent" times lines %}', times=[AT], lines=[{"label": "Sent", "values": [7]}]
    )
    assert "<td" in chart
    assert 'role="img"' in chart


FORMULAS = ["=1+1", "+15742310600", "-2", "@x", "\t=1", " =1", "|calc", "%0A", "\n=1"]
DISGUISED = ["＝1", "＋1", "－1", "＠x", "\ufeff=1", "\u200b=1", "\x01=1", "\u202e=1"]


@pytest.mark.parametrize("cell", FORMULAS + DISGUISED)
def test_no_spreadsheet_runs_a_cell_as_a_formula(cell: str) -> None:
    assert safe_cell(cell) == "'" + cell


def test_an_ordinary_cell_stays_as_it_is() -> None:
    assert safe_cell("O'Neil, Ann") == "O'Neil, Ann"
    assert safe_cell(None) == ""
    assert safe_cell("\u200b") == "\u200b"
    assert safe_cell("(574) 231-0600") == "(574) 231-0600"


def test_every_part_that_a_page_loads_from_another_room_is_there() -> None:
    known = {pattern for pattern in get_resolver().reverse_dict if isinstance(pattern, str)}
    pages = Path(settings.BASE_DIR, "templates").rglob("*.html")
    asked = {name for page in pages for name in re.findall(r'maybe_url "(\w+)"', page.read_text())}
    assert asked - known == set()


def test_no_template_holds_inline_script_or_style() -> None:
    for page in Path(settings.BASE_DIR, "templates").rglob("*.html"):
        text = page.read_text()
        if page.parts[-2] == "mails" or "mail" in page.name:
            continue  # a letter to a mail program has its styles inside
        assert " style=" not in text, page
        assert "<style" not in text, page
        assert " onclick=" not in text, page
        assert "<script>" not in text, page


def test_the_stylesheets_name_no_source_map() -> None:
    for file in Path(settings.BASE_DIR, "static").rglob("*.*"):
        if file.suffix in {".css", ".js"}:
            assert "sourceMappingURL" not in file.read_text(), file


@pytest.mark.parametrize("key, name, label, picture", parts.RAIL)
def test_every_entry_of_the_rail_leads_to_a_page_and_has_a_picture(
    key: str, name: str, label: str, picture: str
) -> None:
    assert get_resolver().resolve(reverse(name, args=["bright-smiles"])).url_name == name
    assert f'id="{picture}"' in (settings.BASE_DIR / "static" / "sprite.svg").read_text()
    assert [each[2] for each in parts.RAIL if each[0] == key] == [label], "a key of its own"


@pytest.mark.django_db
def test_the_rail_leads_nobody_to_a_page_that_refuses_them() -> None:
    clinic = people.clinic()
    for who, refused in (
        (people.fred(clinic), {"Settings", "Records"}),
        (people.bob(clinic), {"Settings"}),
        (people.alice(), set()),
    ):
        page = people.sign_in(Browser(), who).get(reverse("client", args=[clinic.slug])).content.decode()
        rail = page.partition('<nav class="rail"')[2].partition("</nav>")[0]
        assert {label for _, _, label, _ in parts.RAIL if f"<span>{label}</span>" not in rail} == refused


def test_every_page_that_templates_ask_for_exists() -> None:
    asked = {
        name
        for path in (settings.BASE_DIR / "templates").rglob("*.html")
        for name in re.findall(r'maybe_url "([a-z_]+)"', path.read_text())
    }
    assert asked - set(get_resolver().reverse_dict) == set()
