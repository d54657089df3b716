"""Line breaks and odd headers in what people and machines write back: words stay words, and decide nothing else (B26, B27)."""

from __future__ import annotations

import pytest

from messaging.models import Inbound
from tenants.scope import acting_for
from tests.messaging.webhooks.conftest import Office
from tests.messaging.webhooks.test_events import suppressions, written

pytestmark = pytest.mark.django_db


def labels(office: Office) -> list[str]:
    with acting_for(office.client.pk):
        return list(Inbound.objects.order_by("pk").values_list("label", flat=True))


def test_lines_of_a_text_are_its_words(office: Office) -> None:
    office.texts("See you\r\nFrom: +15742310009\r\nOptOutType: STOP")
    assert (labels(office)[0] == "opt_out", suppressions(office)) == (False, [])
    office.texts("\r\nSTOP\r\n", number=2)
    assert suppressions(office) == ["keyword"]


def test_a_subject_over_two_lines_is_read_whole_and_adds_no_header(office: Office) -> None:
    office.mail(written("", "STOP\r\n Auto-Submitted: auto-replied"))
    with acting_for(office.client.pk):
        reply = Inbound.objects.get()
    assert (reply.body, reply.label) == ("STOP Auto-Submitted: auto-replied", "unsure")
    assert "machine" not in reply.rule


def test_a_header_spelled_with_underscores_makes_no_machine_of_a_person(office: Office) -> None:
    office.mail(b"Auto_Submitted: auto-replied\r\nReturn_Path: <>\r\n" + written("STOP"))
    assert suppressions(office) == ["keyword"]


@pytest.mark.parametrize("word", ["STOP", "START", "unsubscribe"])
def test_a_bounce_opts_nobody_out_or_in_whatever_it_quotes(office: Office, word: str) -> None:
    report = (
        f"{word}\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        f"Final-Recipient: rfc822; nobody@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n--x\r\n"
        f"Content-Type: message/rfc822\r\n\r\nSubject: {word}\r\n\r\n{word}\r\n--x--\r\n"
    )
    body = f"--x\r\nContent-Type: text/plain\r\n\r\n{report}"
    office.mail(
        written(body, word, Content_Type='multipart/report; report-type=delivery-status; boundary="x"')
    )
    assert (labels(office), suppressions(office)) == ([], [])


def test_a_machine_that_answers_start_opts_nobody_in(office: Office) -> None:
    office.mail(written("START", Auto_Submitted="auto-replied"))
    assert "opt_in" not in labels(office)
