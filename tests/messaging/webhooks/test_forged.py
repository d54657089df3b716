"""Forged webhooks are refused and leave nothing; real ones never are (reliability G16, G17, B10 to B26)."""

from __future__ import annotations

import base64
import gzip
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from runpy import run_path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
import sendgrid
from cryptography.hazmat.primitives.asymmetric import ec
from django.http import HttpResponse
from django.test import Client as Browser
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from consent.models import Suppression
from messaging import webhooks
from messaging.models import Inbound, RawHook
from messaging.providers.hooks import Forged, Received
from messaging.providers.sendgrid.webhook import open_events
from messaging.providers.twilio.webhook import _check_signature
from tenants.clock import db_now
from tenants.models import HookEndpoint, ProviderAccount
from tenants.scope import acting_for
from tests.messaging.webhooks.conftest import Office, post, sid

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"


def kept(office: Office) -> int:
    with acting_for(office.client.pk):
        return int(RawHook.objects.count() + Inbound.objects.count() + Suppression.objects.count())


def refused(office: Office, answer: HttpResponse, status: int = 403) -> bool:
    return answer.status_code == status and kept(office) == 0


# --- Twilio -----------------------------------------------------------------------------------------------------

VECTOR = {
    "From": "+14158675309",
    "To": "+18005551212",
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
}
VECTOR_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"


@pytest.mark.parametrize(
    "url, signature",
    [
        (VECTOR_URL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (VECTOR_URL.replace(".com", ".com:443"), "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (VECTOR_URL, "kvajT1Ptam85bY51eRf/AJRuM3w="),  # signed with :443
    ],
)
def test_twilios_published_signatures_are_accepted(url: str, signature: str) -> None:
    received = Received(url, "", b"", {"X-Twilio-Signature": signature})
    _check_signature(received, {"auth_token": "12345"}, VECTOR)
    with pytest.raises(Forged):
        _check_signature(received, {"auth_token": "12346"}, VECTOR)
    with pytest.raises(Forged):
        _check_signature(received, {"auth_token": "12345"}, VECTOR | {"Digits": "1235"})


def inbound(office: Office, **values: str) -> dict[str, str]:
    return office.form(**({"Body": "STOP", "NumMedia": "0"} | values))


def test_a_real_text_is_taken(office: Office) -> None:
    assert office.texts("hello").status_code == 200
    assert kept(office) > 0


def test_the_address_that_is_signed_comes_from_configuration_not_from_headers(
    office: Office, settings: Any
) -> None:
    form, path = inbound(office), office.path("twilio", "inbound")
    evil = RequestValidator(office.auth_token).compute_signature(f"https://evil.example{path}", form)
    headers = {"HTTP_X_FORWARDED_HOST": "evil.example", "HTTP_X_FORWARDED_PROTO": "https"}
    assert refused(office, office.twilio(path, form, signature=evil, **headers))
    assert office.twilio(path, form, **headers).status_code == 200


@pytest.mark.parametrize(
    "signed_as",
    [
        "http://testserver{p}/", "https://testserver{p}", "http://testserver:8443{p}", "http://other{p}", "http://testserver{p}?x=1",
        "http://testserver{q}", "http://testserver/",
    ],
)  # fmt: skip
def test_a_signature_for_another_address_is_refused(office: Office, signed_as: str) -> None:
    form = inbound(office)
    url = signed_as.format(p=office.path("twilio", "inbound"), q=office.path("twilio", "status"))
    signature = RequestValidator(office.auth_token).compute_signature(url, form)
    assert refused(office, office.twilio(office.path("twilio", "inbound"), form, signature=signature))


def test_a_signature_with_the_default_port_is_accepted(office: Office) -> None:
    form, path = inbound(office), office.path("twilio", "inbound")
    signature = RequestValidator(office.auth_token).compute_signature(f"http://testserver:80{path}", form)
    assert office.twilio(path, form, signature=signature).status_code == 200


def test_the_border_between_a_name_and_its_value_cannot_be_moved(office: Office) -> None:
    path = office.path("twilio", "inbound")
    form = inbound(office, Body="hi")
    signature = office.sign(path, form)
    moved = {name: value for name, value in form.items() if name not in ("Body", "From")} | {
        "BodyhiFrom": form["From"]
    }
    assert RequestValidator(office.auth_token).validate(
        f"http://testserver{path}", moved, signature
    )  # it does pass there
    assert refused(office, office.twilio(path, moved, signature=signature))
    swallowed = inbound(office, Body="hiFrom+15742310001", FromCity="")
    swallowed["From"] = "City"
    assert refused(office, office.twilio(path, swallowed))


def test_parameters_moved_into_the_address_are_refused(office: Office) -> None:
    path = office.path("twilio", "inbound")
    form = inbound(office)
    first = min(form)
    moved = f"{path}?{first}{form.pop(first)}"
    assert refused(office, office.twilio(moved, form))
    status = office.path("twilio", "status")
    assert refused(office, office.twilio(f"{status}?b=1", inbound(office, MessageStatus="sent")))
    assert refused(office, office.twilio(f"{status}?a=not-a-uuid", inbound(office, MessageStatus="sent")))


def test_a_field_that_comes_twice_is_refused(office: Office) -> None:
    path, form = office.path("twilio", "inbound"), inbound(office)
    body = urlencode([*form.items(), ("Body", "hello")]).encode()
    both = {**form, "Body": "STOP"}
    for signature in (
        office.sign(path, form),
        office.sign(path, both),
        office.sign(path, {**form, "Body": "hello"}),
    ):
        assert refused(office, post(path, body, FORM, {"X-Twilio-Signature": signature}))
    same = urlencode([*form.items(), ("Body", "STOP")]).encode()
    assert refused(office, post(path, same, FORM, {"X-Twilio-Signature": office.sign(path, form)}))


@pytest.mark.parametrize(
    "values",
    [
        {"AccountSid": "AC" + "2" * 32}, {"MessageSid": "SM12"}, {"MessageSid": sid() + "\r\nX: y"}, {"From": ""}, {"From": "+1574\r\n231"},
        {"NumMedia": "many"}, {"To": ""}, {"OptOutType": "MAYBE"},
    ],
)  # fmt: skip
def test_a_signed_form_that_is_not_exactly_ours_is_refused(office: Office, values: dict[str, str]) -> None:
    assert refused(office, office.twilio(office.path("twilio", "inbound"), inbound(office, **values)))


@pytest.mark.parametrize("missing", ["MessageSid", "AccountSid", "From", "To", "Body", "NumMedia"])
def test_a_signed_form_that_lacks_something_is_refused(office: Office, missing: str) -> None:
    form = inbound(office)
    del form[missing]
    assert refused(office, office.twilio(office.path("twilio", "inbound"), form))


def test_the_algorithm_is_ours_to_choose(office: Office) -> None:
    form, path = inbound(office), office.path("twilio", "inbound")
    strong = RequestValidator(office.auth_token).compute_signature(
        f"http://testserver{path}", form, "HMAC_SHA256"
    )
    header = {"HTTP_X_TWILIO_WEBHOOKS_SIGNATURE_SETTINGS": "key=x,algorithm=HMAC_SHA256"}
    assert refused(office, office.twilio(path, form, signature=strong, **header))
    assert (
        office.twilio(path, form, HTTP_X_TWILIO_WEBHOOKS_SIGNATURE_SETTINGS="algorithm=NONE").status_code
        == 200
    )


@pytest.mark.parametrize("signature", ["", "x", "AAAA, BBBB", "é" * 28, "=" * 28])
def test_no_signature_or_two_are_refused(office: Office, signature: str) -> None:
    path = office.path("twilio", "inbound")
    assert refused(
        office, post(path, urlencode(inbound(office)).encode(), FORM, {"X-Twilio-Signature": signature})
    )


@pytest.mark.parametrize("kind", ["text/plain", "", "multipart/form-data; boundary=x", "application/json"])
def test_another_type_of_content_is_refused(office: Office, kind: str) -> None:
    path, form = office.path("twilio", "inbound"), inbound(office)
    assert refused(
        office, post(path, urlencode(form).encode(), kind, {"X-Twilio-Signature": office.sign(path, form)})
    )


def test_another_clients_key_is_refused(office: Office, rival: Office) -> None:
    path, form = office.path("twilio", "inbound"), inbound(office)
    assert refused(office, office.twilio(path, form, signature=office.sign(path, form, rival.auth_token)))
    theirs = rival.form(Body="STOP", NumMedia="0")
    assert refused(office, office.twilio(path, theirs, signature=office.sign(path, theirs, rival.auth_token)))


def test_a_former_key_is_believed_for_a_day(office: Office) -> None:
    with acting_for(office.client.pk):
        ProviderAccount.objects.filter(provider="twilio").end(db_now())
        ProviderAccount.objects.create(
            client=office.client,
            provider="twilio",
            account_id=office.account_sid,
            settings=json.dumps({"auth_token": "new"}),
        )
    path = office.path("twilio", "inbound")
    for number, secret in enumerate((office.auth_token, "new")):
        form = inbound(office, MessageSid=sid(number), Body="hi")
        assert office.twilio(path, form, signature=office.sign(path, form, secret)).status_code == 200
    with acting_for(office.client.pk):
        ProviderAccount.objects.exclude(ended_at=None).update(ended_at=db_now() - timedelta(hours=25))
    form = inbound(office, MessageSid=sid(9))
    assert office.twilio(path, form).status_code == 403


def test_without_a_key_the_provider_is_asked_to_come_again(office: Office) -> None:
    with acting_for(office.client.pk):
        ProviderAccount.objects.filter(provider="twilio").update(ended_at=db_now() - timedelta(days=30))
    assert refused(office, office.texts("STOP"), 503)


def test_an_address_nobody_gave_out_or_that_was_ended_is_not_there_and_somebody_hears_of_it(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    HookEndpoint.objects.filter(provider="twilio").update(ended_at=db_now())
    assert refused(office, office.texts("STOP"), 404)
    assert [
        (each.levelname, each.message) for each in caplog.records if each.name == "messaging.webhooks"
    ] == [("ERROR", "a webhook came for a client that has left")]
    assert post("/hooks/twilio/nonsense/inbound", b"", FORM, {}).status_code == 404
    assert (
        post(f"/hooks/sendgrid/{office.tokens['twilio']}", b"[]", "application/json", {}).status_code == 404
    )


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "options", "patch"])
def test_only_post_is_answered(office: Office, client: Any, method: str) -> None:
    for path in (
        office.path("twilio", "inbound"),
        office.path("twilio", "status"),
        office.path("sendgrid"),
        office.path("smtp"),
    ):
        assert getattr(client, method)(path).status_code == 405


def test_a_body_beyond_the_limit_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "LARGEST", 1000)
    for number, size in ((1, 1000), (2, 1001)):
        body = b"[" + b" " * (size - 2) + b"]"
        answer = post(office.path("sendgrid"), body, "application/json", office.sendgrid_headers(body))
        assert answer.status_code == (200 if number == 1 else 413)


class Endless:
    """A body that never ends; counts what was taken of it."""

    taken = 0

    def read(self, size: int = 65_536) -> bytes:
        assert size >= 0, "read to its end"
        self.taken += size
        return b"x" * size

    readline = read


@pytest.mark.parametrize("length, answered", [("", 403), ("10000000000", 413)])
def test_a_body_without_end_is_not_waited_for(
    office: Office, monkeypatch: pytest.MonkeyPatch, length: str, answered: int
) -> None:
    monkeypatch.setattr(webhooks, "LARGEST", 1000)
    body = Endless()
    said = {"CONTENT_LENGTH": length} if length else {"HTTP_TRANSFER_ENCODING": "chunked"}
    asked = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": office.path("sendgrid"),
        "CONTENT_TYPE": "application/json",
    }
    assert Browser().request(**asked, **said, **{"wsgi.input": body}).status_code == answered
    assert body.taken <= 1001


def test_a_packed_body_is_refused_and_never_unpacked(office: Office) -> None:
    bomb = gzip.compress(b" " * 10_000_000)
    headers = {**office.sendgrid_headers(b"[]"), "Content-Encoding": "gzip"}
    assert refused(office, post(office.path("sendgrid"), bomb, "application/json", headers))


MUTATIONS = st.sampled_from(["body", "signature", "path", "query", "field", "drop", "key"])
ANY = st.integers(0, 10**6)


def changed(text: str, at: int, letter: int, letters: str = "abcXYZ019+/=&%") -> str:
    """`text` with one character replaced by another."""
    at %= len(text)
    others = [c for c in letters if c != text[at]]
    return text[:at] + others[letter % len(others)] + text[at + 1 :]


@hypothesis_settings(
    max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.sampled_from(["inbound", "status"]), MUTATIONS, ANY, ANY)
def test_no_mutation_of_a_real_text_gets_through(
    office: Office, kind: str, what: str, at: int, letter: int
) -> None:
    query = "?a=" + "0" * 8 + "-0000-0000-0000-" + "0" * 12 if kind == "status" else ""
    path = office.path("twilio", kind)
    form = inbound(office, Body="hello world", MessageStatus="sent")
    body, signature = urlencode(form), office.sign(path + query, form)
    field = sorted(form)[at % len(form)]
    if what == "body":
        body = changed(body, at, letter)
        assume(parse_qsl(body, keep_blank_values=True) != list(form.items()))  # %2b is %2B
    elif what == "signature":
        signature = changed(signature, at, letter)
    elif what == "path":
        query += ["&", "?", "%20", "&b=1"][letter % 4] if query else "?x"
    elif what == "query":
        query = ["?a=", "?a=1", "?b=2", "?A=" + "0" * 36][letter % 4]
    elif what == "field":
        form[field] += ["x", " ", "\0"][letter % 3]
        body = urlencode(form)
    elif what == "drop":
        del form[field]
        body = urlencode(form)
    else:
        signature = office.sign(path + query, form, "another key")
    assert post(path + query, body.encode(), FORM, {"X-Twilio-Signature": signature}).status_code == 403
    assert kept(office) == 0


# --- SendGrid ---------------------------------------------------------------------------------------------------

EVENT = {"email": "jane@example.org", "event": "delivered", "sg_event_id": "e1", "timestamp": 1700000000}


def vector() -> Any:
    """The test case that ships with the sendgrid wheel, as it is."""
    found = run_path(str(Path(sendgrid.__file__).parent.parent / "test" / "unit" / "test_eventwebhook.py"))
    case = found["UnitTests"]
    case.setUpClass()
    return case


def test_sendgrids_published_signature_is_accepted_and_its_four_forgeries_are_not() -> None:
    case = vector()
    now = datetime.fromtimestamp(int(case.TIMESTAMP), UTC)

    def opened(
        key: str = case.PUBLIC_KEY,
        payload: str = case.PAYLOAD,
        signature: str = case.SIGNATURE,
        timestamp: str = case.TIMESTAMP,
    ) -> bool:
        headers = {
            "X-Twilio-Email-Event-Webhook-Signature": signature,
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        }
        try:
            open_events(Received("", "", payload.encode(), headers), {"verification_key": key}, now)
        except Forged:
            return False
        return True

    assert opened()
    other = base64.b64encode(
        ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(*_der())
    ).decode()
    assert not opened(key=other)
    assert not opened(payload="payload")
    assert not opened(
        signature="MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH3j/0="
    )
    assert not opened(timestamp="timestamp")
    assert not opened(payload=case.PAYLOAD.rstrip("\r\n"))  # the line's end is signed too
    assert not opened(payload=json.dumps(json.loads(case.PAYLOAD)))  # and written anew it is something else


def _der() -> tuple[Any, Any]:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return Encoding.DER, PublicFormat.SubjectPublicKeyInfo


@pytest.mark.parametrize("signature", ["", "not base64!", "AAAA", "a" * 96, "MEUCIQ==", "\u00e9"])
def test_a_signature_of_the_wrong_form_is_refused_and_breaks_nothing(office: Office, signature: str) -> None:
    body = json.dumps([EVENT]).encode()
    headers = office.sendgrid_headers(body) | {"X-Twilio-Email-Event-Webhook-Signature": signature}
    assert refused(office, post(office.path("sendgrid"), body, "application/json", headers))


@pytest.mark.parametrize(
    "timestamp", ["", "-1", "abc", "253402300800", "170000000", "17000000000", "١٧٠٠٠٠٠٠٠٠", " 1700000000"]
)
def test_a_timestamp_is_ten_digits(office: Office, timestamp: str) -> None:
    body = json.dumps([EVENT]).encode()
    headers = office.sendgrid_headers(body) | {
        "X-Twilio-Email-Event-Webhook-Timestamp": timestamp.encode().decode("latin-1")
    }
    assert refused(office, post(office.path("sendgrid"), body, "application/json", headers))


@pytest.mark.parametrize("hours, status", [(-49, 403), (-47, 200), (0, 200), (0.2, 403)])
def test_a_post_is_believed_from_two_days_old_to_five_minutes_ahead(
    office: Office, hours: float, status: int
) -> None:
    body = json.dumps([EVENT]).encode()
    headers = office.sendgrid_headers(body, at=time.time() + hours * 3600)
    assert post(office.path("sendgrid"), body, "application/json", headers).status_code == status


def test_the_border_between_timestamp_and_body_cannot_be_moved(office: Office) -> None:
    body = b"1" + json.dumps([EVENT]).encode()
    headers = office.sendgrid_headers(body)
    headers["X-Twilio-Email-Event-Webhook-Timestamp"] += "1"
    assert refused(office, post(office.path("sendgrid"), body[1:], "application/json", headers))


def test_another_clients_signature_is_refused(office: Office, rival: Office) -> None:
    body = json.dumps([EVENT]).encode()
    assert refused(
        office,
        post(office.path("sendgrid"), body, "application/json", office.sendgrid_headers(body, key=rival.key)),
    )


def test_without_a_verification_key_no_event_is_believed(office: Office) -> None:
    with acting_for(office.client.pk):
        ProviderAccount.objects.filter(provider="sendgrid").update(
            settings=json.dumps({"api_key": "x", "verification_key": ""})
        )
    assert refused(office, office.events(EVENT), 503)


@hypothesis_settings(
    max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.sampled_from(["body", "Signature", "Timestamp"]), ANY, ANY)
def test_no_bit_of_a_real_post_can_be_flipped(office: Office, what: str, at: int, letter: int) -> None:
    body = json.dumps([EVENT]).encode()
    headers = office.sendgrid_headers(body)
    if what == "body":
        at %= len(body)
        body = body[:at] + bytes([body[at] ^ (1 << letter % 8)]) + body[at + 1 :]
    else:
        name = f"X-Twilio-Email-Event-Webhook-{what}"
        headers[name] = changed(headers[name], at, letter)
    assert post(office.path("sendgrid"), body, "application/json", headers).status_code == 403
    assert kept(office) == 0


# --- mail ---------------------------------------------------------------------------------------------------------


def test_a_mail_with_another_signature_or_type_is_refused(office: Office) -> None:
    body = b"From: jane@example.org\r\nSubject: STOP\r\n\r\nSTOP\r\n"
    assert refused(
        office, post(office.path("smtp"), body, "message/rfc822", {"X-Signature": "sha256=" + "0" * 64})
    )
    assert refused(office, post(office.path("smtp"), body, "message/rfc822", {"X-Signature": "é"}))
    assert refused(office, post(office.path("smtp"), body, "message/rfc822", {}))
    assert office.mail(body).status_code == 200
