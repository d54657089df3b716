"""Listeners are told in order, signed, again and again, and switched off when nothing helps."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db.models import F

from messaging.listeners import calling, letters, rounds
from messaging.models import Listener, Telling, ToTell
from messaging.retention import forget_raw
from tenants import webhook_signing
from tenants.clock import db_now
from tenants.models import AuditEvent, Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.listeners.conftest import listening
from tests.messaging.listeners.receiver import Receiver

pytestmark = pytest.mark.django_db


def happens(listener: Listener, times: int = 1) -> None:
    with acting_for(listener.client_id):
        ToTell.objects.bulk_create(
            [
                ToTell(client_id=listener.client_id, listener=listener, kind="reply", data={"reply": number})
                for number in range(times)
            ]
        )


def later(listener: Listener, **ago: float) -> None:
    """As if everything about this listener had happened that much earlier."""
    by = timedelta(**ago)
    with acting_for(listener.client_id):
        rows = Listener.objects.filter(pk=listener.pk)
        rows.update(
            next_at=F("next_at") - by,
            failing_since=F("failing_since") - by,
            leased_until=F("leased_until") - by,
        )
        Telling.objects.filter(listener=listener).update(made_at=F("made_at") - by)


def of(listener: Listener) -> Listener:
    with acting_for(listener.client_id):
        found: Listener = Listener.objects.get(pk=listener.pk)
        return found


def tellings(listener: Listener) -> list[Telling]:
    with acting_for(listener.client_id):
        return list(Telling.objects.filter(listener=listener).order_by("pk"))


def test_what_waits_is_told_in_order_a_hundred_at_a_time(listener: Listener, crm: Receiver) -> None:
    happens(listener, 250)
    assert rounds.tell() == 1
    assert [len(json.loads(body)["events"]) for _, body in crm.got] == [100, 100, 50]
    assert [each["data"]["reply"] for each in crm.events] == list(range(250))
    assert {each.answer for each in tellings(listener)} == {204}
    assert rounds.tell() == 0


def test_a_request_is_signed_over_its_id_time_and_bytes(listener: Listener, crm: Receiver) -> None:
    happens(listener)
    rounds.tell()
    ((sent, body),) = crm.got
    at = int(sent["webhook-timestamp"])
    assert abs(at - db_now().timestamp()) < 60
    assert webhook_signing.headers(listener.secret, sent["webhook-id"], at, body).items() <= sent.items()
    for other in (
        webhook_signing.headers(webhook_signing.new_secret(), sent["webhook-id"], at, body),
        webhook_signing.headers(listener.secret, sent["webhook-id"], at + 1, body),
        webhook_signing.headers(listener.secret, sent["webhook-id"], at, body + b" "),
    ):
        assert other["webhook-signature"] != sent["webhook-signature"]


def test_the_signature_is_the_one_of_the_published_example() -> None:
    """The example of the specification that the header names come from."""
    signed = webhook_signing.headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )  # fmt: skip
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_is_not_taken_is_tried_again_later_with_the_same_id_and_body(
    listener: Listener, crm: Receiver
) -> None:
    happens(listener)
    crm.status = 500
    rounds.tell()
    assert rounds.tell() == 0, "not before the pause is over"
    later(listener, seconds=11)
    crm.status = 200
    happens(listener)  # what happens meanwhile stands behind it
    rounds.tell()
    first, again, behind = crm.got
    assert (first[0]["webhook-id"], first[1]) == (again[0]["webhook-id"], again[1])
    assert behind[0]["webhook-id"] != first[0]["webhook-id"]
    assert [each.tries for each in tellings(listener)] == [2, 1]
    assert of(listener).failing_since is None


def test_the_pauses_grow(listener: Listener, crm: Receiver) -> None:
    happens(listener)
    crm.status = 503
    pauses = []
    for _ in range(4):
        rounds.tell()
        pauses.append(round((of(listener).next_at - db_now()).total_seconds(), -1))
        later(listener, seconds=pauses[-1] + 1)
    assert pauses == [10, 30, 60, 300]


def test_a_redirect_is_not_followed(listener: Listener, crm: Receiver) -> None:
    happens(listener)
    crm.status, crm.headers = 307, {"Location": crm.url}
    rounds.tell()
    assert len(crm.got) == 1
    assert tellings(listener)[0].taken_at is None


def test_one_that_is_not_taken_for_a_day_makes_room_for_the_next(listener: Listener, crm: Receiver) -> None:
    happens(listener)
    crm.status = 400
    rounds.tell()
    later(listener, hours=25)
    rounds.tell()
    assert tellings(listener)[0].given_up_at is not None
    assert of(listener).off_at is None


def test_after_three_days_without_success_it_is_switched_off_and_the_agency_is_mailed_once(
    listener: Listener, crm: Receiver
) -> None:
    people.alice()
    happens(listener, 2)
    crm.status = 500
    rounds.tell()
    later(listener, hours=73)
    rounds.tell()
    assert of(listener).off_at is not None
    assert (letters.tell(), letters.tell()) == (1, 0)
    assert mail.outbox[0].to == ["alice@example.org"]
    assert f"/settings/listeners/{listener.pk}/" in mail.outbox[0].body
    crm.got.clear()
    later(listener, hours=7)
    happens(listener)
    assert (rounds.tell(), crm.got) == (0, [])
    with acting_for(listener.client_id):
        assert AuditEvent.objects.filter(verb="listener.switched_off").count() == 1


def test_who_says_gone_is_switched_off_at_once(listener: Listener, crm: Receiver) -> None:
    happens(listener)
    crm.status = 410
    rounds.tell()
    assert of(listener).off_at is not None


def test_two_workers_never_tell_one_listener_at_once(listener: Listener, crm: Receiver) -> None:
    happens(listener)
    assert [each.pk for each in rounds._take()] == [listener.pk]
    assert rounds._take() == []
    later(listener, seconds=91)  # its worker died
    assert [each.pk for each in rounds._take()] == [listener.pk]


def test_one_that_cannot_be_reached_keeps_no_other_waiting(
    listener: Listener, clinic: Client, crm: Receiver
) -> None:
    dead = listening(clinic, "http://127.0.0.1:1/")
    happens(dead)
    happens(listener)
    rounds.tell()
    assert len(crm.got) == 1
    assert tellings(dead)[0].trouble == "connect"


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "192.168.0.9"])
def test_a_name_that_leads_into_our_network_is_not_called(
    inside: str, clinic: Client, crm: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO = False
    looked = [(0, 0, 0, "", (inside, crm.server_port))]
    monkeypatch.setattr("tenants.providers.outside.socket.getaddrinfo", lambda *_, **__: looked)
    url = f"http://crm.example:{crm.server_port}/"
    assert calling.call(url, {}, b"{}")[:2] == (None, "inside")
    assert crm.got == []


def test_a_receiver_without_a_certificate_of_its_name_is_not_told(crm: Receiver) -> None:
    outcome = calling.call(crm.url.replace("http:", "https:"), {}, b"{}")
    assert (outcome.status, outcome.trouble) == (None, "tls")
    assert crm.got == []


def test_a_receiver_that_never_ends_its_answer_is_left(
    monkeypatch: pytest.MonkeyPatch, crm: Receiver
) -> None:
    import socket
    import threading

    monkeypatch.setattr(calling, "WALL", 0.3)
    slow = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def drip() -> None:
        taken, _ = slow.accept()
        while not done.wait(0.05):
            try:
                taken.sendall(b"H")
            except OSError:
                break
        taken.close()

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    outcome = calling.call(f"http://127.0.0.1:{slow.getsockname()[1]}/", {}, b"{}")
    done.set()
    thread.join()
    slow.close()
    assert (outcome.status, outcome.trouble) == (None, "slow")
    assert outcome.took_ms < 8000


def test_what_was_told_is_forgotten_after_a_month_and_what_is_open_is_not(
    listener: Listener, crm: Receiver
) -> None:
    happens(listener)
    rounds.tell()
    crm.status = 500
    happens(listener)
    rounds.tell()
    later(listener, days=31)
    assert forget_raw() == 1
    assert [each.taken_at for each in tellings(listener)] == [None]
