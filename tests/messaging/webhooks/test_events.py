"""What SendGrid and mail servers tell: complaints and unsubscribes at once, bounces by their kind, poison parked."""

from __future__ import annotations

import uuid
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any

import pytest

from consent.models import ContactPoint, Suppression, UnsafeMark
from messaging import webhooks
from messaging.applying import apply_pending
from messaging.models import Event, Inbound, RawHook, Status
from messaging.providers.smtp import webhook as smtp_webhook
from messaging.providers.smtp.verp import return_path
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.webhooks.conftest import Office
from tests.messaging.world import MAIL

pytestmark = pytest.mark.django_db


def event(kind: str, attempt: uuid.UUID | None = None, **values: Any) -> dict[str, Any]:
    made = {"event": kind, "sg_event_id": str(uuid.uuid4()), "timestamp": 1700000000, "email": "jane@example.org",
            "sg_message_id": "reqid14.recv-1.0"}  # fmt: skip
    return {
        key: value
        for key, value in (made | ({"attempt": str(attempt)} if attempt else {}) | values).items()
        if value is not ...
    }


@pytest.fixture
def mailed(office: Office) -> uuid.UUID:
    (attempt,) = office.hand_over(MAIL, provider="sendgrid")
    return attempt


def suppressions(office: Office) -> list[str]:
    with acting_for(office.client.pk):
        return sorted(Suppression.objects.in_force(db_now()).values_list("source", flat=True))


def applied(office: Office) -> RawHook:
    apply_pending(office.client.pk)
    with acting_for(office.client.pk):
        row: RawHook = RawHook.objects.order_by("-pk")[0]
    assert row.applied_at is not None
    return row


@pytest.mark.parametrize(
    "told, delivery, source",
    [
        ({"kind": "processed"}, "sent", []),
        ({"kind": "delivered"}, "delivered", []),
        ({"kind": "deferred"}, "", []),
        ({"kind": "bounce", "type": "bounce", "status": "5.1.1"}, "bounced", ["hard_bounce"]),
        ({"kind": "bounce", "type": "blocked", "status": "5.7.1"}, "failed", []),
        ({"kind": "dropped", "reason": "Bounced Address"}, "failed", ["hard_bounce"]),
        ({"kind": "dropped", "reason": "Unsubscribed Address"}, "failed", ["provider"]),
        ({"kind": "dropped", "reason": "Spam Reporting Address"}, "failed", ["complaint"]),
        ({"kind": "dropped", "reason": "Recipient List over Package Quota"}, "failed", []),
        ({"kind": "spamreport"}, "complained", ["complaint"]),
        ({"kind": "unsubscribe"}, "", ["one_click"]),
        ({"kind": "group_unsubscribe", "asm_group_id": 1}, "", ["one_click"]),
    ],
)
def test_each_event_in_our_words(
    office: Office, mailed: uuid.UUID, told: dict[str, Any], delivery: str, source: list[str]
) -> None:
    assert office.events(event(told.pop("kind"), mailed, **told)).status_code == 200
    assert applied(office).problem == ""
    message = office.message_of(mailed)
    assert (message.status, message.delivery) == (Status.ACCEPTED, delivery)
    assert suppressions(office) == source
    with acting_for(office.client.pk):
        assert ContactPoint.objects.get(address=message.address_id).ended_at is None  # the point stays
        assert list(Suppression.objects.values_list("address_id", "message_id")) == [
            (message.address_id, message.pk)
        ] * len(source)
    assert UnsafeMark.objects.exists() is (source == ["complaint"])


@pytest.mark.parametrize("kind", ["open", "click", "group_resubscribe", "account_status_change"])
def test_some_events_decide_nothing(office: Office, mailed: uuid.UUID, kind: str) -> None:
    office.events(event(kind, mailed))
    applied(office)
    assert office.message_of(mailed).status == Status.HANDING
    assert suppressions(office) == []


@pytest.mark.parametrize("kind, source", [("unsubscribe", "one_click"), ("spamreport", "complaint")])
def test_a_persons_own_no_is_in_force_when_sendgrid_is_answered(
    office: Office, mailed: uuid.UUID, kind: str, source: str, bells: list[tuple[int, bool]]
) -> None:
    office.events(event("delivered", mailed), event(kind, mailed))
    assert suppressions(office) == [source]  # nothing was applied yet
    assert bells == [(office.client.pk, True)]
    office.events(event("delivered", mailed))
    assert bells[-1] == (office.client.pk, False)


def test_a_no_without_a_message_of_ours_counts_for_the_address(office: Office) -> None:
    office.events(
        event("unsubscribe", email="Someone@Example.org"), event("delivered", email="other@example.org")
    )
    applied(office)
    assert suppressions(office) == ["one_click"]
    with acting_for(office.client.pk):
        people.contact(office.client, email="someone@example.org")
        assert Suppression.objects.get().address_id == ContactPoint.objects.get().address_id
        assert not Event.objects.exists()


def test_an_event_naming_another_clients_attempt_changes_nothing_of_theirs(
    office: Office, rival: Office
) -> None:
    (theirs,) = rival.hand_over(MAIL, provider="sendgrid")
    office.events(event("spamreport", theirs, email=...), event("bounce", theirs, type="bounce"))
    applied(office)
    assert rival.message_of(theirs).status == Status.HANDING
    assert suppressions(rival) == suppressions(office) == []


BAD = [
    b"{}", b"null", b'"x"', b"[]", b"[1, null, []]", b"[" * 20_000, b"[{]", b'[{"event": NaN}]', b"\xff\xfe", b"",
    b'[{"event": "delivered", "email": "a@example.org", "timestamp": 1e999}]', b"[" + b"9" * 5000 + b"]",
    b'[{"event": "delivered", "event": "spam", "email": "a@example.org"}]', b'[{"event": "delivered", "email": "\\ud800@x.org"}]',
    b'[{"event": "unsubscribe", "email": "a\\u0000@example.org"}]', b'[{"event": {"a": 1}, "email": ["x"]}]',
    b'[{"event": "unsubscribe", "email": "not an address"}]',
]  # fmt: skip


@pytest.mark.parametrize("raw", BAD, ids=range(len(BAD)))
def test_a_signed_body_that_nobody_can_read_breaks_nothing(office: Office, raw: bytes) -> None:
    answer = office.events(raw=raw)
    assert answer.status_code == (403 if raw == b"\xff\xfe" else 200)
    if answer.status_code == 200:
        applied(office)


def test_one_poison_among_a_thousand_is_parked_with_its_reason(office: Office, mailed: uuid.UUID) -> None:
    events: list[Any] = [event("processed", mailed) for _ in range(998)]
    office.events(*events, {"event": "surprise", "email": "x"}, event("delivered", mailed))
    row = applied(office)
    assert row.problem == "1 of 1000: unknown kind of event"
    with acting_for(office.client.pk):
        assert Event.objects.count() == 999
    assert office.message_of(mailed).delivery == "delivered"


def test_the_same_event_ten_thousand_times_is_one(office: Office, mailed: uuid.UUID) -> None:
    office.events(*[event("delivered", mailed, sg_event_id="one")] * 10_000)
    applied(office)
    office.events(event("delivered", mailed, sg_event_id="one"), event("deferred", mailed, sg_event_id="two"))
    applied(office)
    with acting_for(office.client.pk):
        assert sorted(Event.objects.values_list("event_id", flat=True)) == ["one", "two"]


def test_an_event_without_an_id_is_still_known_when_it_comes_again(office: Office, mailed: uuid.UUID) -> None:
    nameless = event("delivered", mailed, sg_event_id=...)
    office.events(nameless)
    office.events(nameless, event("deferred", mailed))
    applied(office)
    with acting_for(office.client.pk):
        assert Event.objects.filter(kind="delivered").count() == 1


@pytest.mark.parametrize(
    "at", [1700000000, "1700000000", 1700000000.5, 1700000000123, "soon", None, -5, 1e300, True, 2**70]
)
def test_a_time_in_any_form_is_read_or_taken_to_be_now(office: Office, mailed: uuid.UUID, at: Any) -> None:
    office.events(event("delivered", mailed, timestamp=at))
    applied(office)
    with acting_for(office.client.pk):
        year = Event.objects.get().at.year
    assert year == (2023 if str(at).startswith("17") else db_now().year)


def test_a_flood_is_applied_to_the_last_event(office: Office) -> None:
    attempts = office.hand_over(MAIL, count=5, provider="sendgrid")
    for number in range(5):
        post = [event("processed", attempts[n % 5], sg_event_id=f"{number}-{n % 950}") for n in range(999)]
        assert office.events(*post, {"poison": True}).status_code == 200
    apply_pending(office.client.pk)
    with acting_for(office.client.pk):
        assert Event.objects.count() == 5 * 950
        assert set(RawHook.objects.values_list("problem", flat=True)) == {"1 of 1000: unknown kind of event"}


# --- mail over SMTP -------------------------------------------------------------------------------------------------


@pytest.fixture
def posted(db: None) -> tuple[Office, uuid.UUID]:
    office = Office(people.clinic(covered=Client.Covered.COVERED))
    (attempt,) = office.hand_over(MAIL, provider="smtp")
    return office, attempt


def report(
    to: str, status: str, action: str = "failed", quoting: str = "", kind: str = "delivery-status"
) -> bytes:
    made = MIMEMultipart("report", report_type=kind)
    made["From"], made["To"], made["Subject"] = "MAILER-DAEMON@relay.example", to, "Undelivered"
    made["Auto-Submitted"] = "auto-replied"
    made.attach(MIMEText("STOP unsubscribe: it could not be delivered"))
    if kind == "delivery-status":
        lines = f"Reporting-MTA: dns; relay\r\n\r\nFinal-Recipient: rfc822; gone@example.org\r\nAction: {action}\r\nStatus: {status}\r\n"
    else:
        lines = "Feedback-Type: abuse\r\nUser-Agent: x/1\r\nVersion: 1\r\n"
    body = made.as_bytes().replace(b"\n", b"\r\n")
    boundary = (made.get_boundary() or "").encode()
    part = (
        b"--"
        + boundary
        + b"\r\nContent-Type: message/"
        + kind.encode()
        + b"\r\n\r\n"
        + lines.encode()
        + b"\r\n"
    )
    part += (
        b"--"
        + boundary
        + b"\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        + f"Message-ID: {quoting}\r\n".encode()
    )
    return body.replace(b"--" + boundary + b"--", part + b"--" + boundary + b"--")


@pytest.mark.parametrize(
    "status, action, delivery, source",
    [
        ("5.1.1", "failed", "bounced", ["hard_bounce"]),
        ("5.2.1", "failed", "bounced", ["hard_bounce"]),
        ("5.7.1", "failed", "failed", []),
        ("4.4.7", "failed", "failed", []),
        ("4.2.2", "delayed", "", []),
        ("2.0.0", "delivered", "delivered", []),
    ],
)
@pytest.mark.parametrize("by", ["return path", "message id"])
def test_a_bounce_binds_by_the_return_path_or_the_quoted_id(
    posted: tuple[Office, uuid.UUID], status: str, action: str, delivery: str, source: list[str], by: str
) -> None:
    office, attempt = posted
    to = return_path(attempt, "bright.example") if by == "return path" else "hello@bright.example"
    quoting = f"<{attempt}@bright.example>" if by == "message id" else ""
    assert office.mail(report(to, status, action, quoting)).status_code == 200
    assert applied(office).problem == ""
    assert (office.message_of(attempt).status, office.message_of(attempt).delivery) == (
        Status.ACCEPTED,
        delivery,
    )
    assert suppressions(office) == source
    with acting_for(office.client.pk):
        assert not Inbound.objects.exists()  # a machine's words opt nobody out


def test_a_return_path_somebody_made_up_binds_nothing(posted: tuple[Office, uuid.UUID]) -> None:
    office, attempt = posted
    office.mail(report(f"b-{attempt.hex}-{'0' * 20}@bright.example", "5.1.1"))
    applied(office)
    assert office.message_of(attempt).status == Status.HANDING
    assert suppressions(office) == []


def test_a_complaint_by_mail_is_in_force_at_once(posted: tuple[Office, uuid.UUID]) -> None:
    office, attempt = posted
    office.mail(report(return_path(attempt, "bright.example"), "", kind="feedback-report"))
    assert suppressions(office) == ["complaint"]
    applied(office)
    assert office.message_of(attempt).delivery == "complained"


def written(body: str, subject: str = "Re: Time for your next check-up", **headers: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in ({"From": "Jane <jane@example.org>", "To": "hello@bright.example",
             "Message-ID": f"<{uuid.uuid4()}@mail>", "Subject": subject} | headers).items()]  # fmt: skip
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


@pytest.mark.parametrize(
    "body, subject, label, source",
    [
        (
            "STOP\r\n\r\nOn Mon, Nov 16, 2026 Bright Smiles wrote:\r\n> Hi\r\n",
            "Re: Time for your next check-up",
            "opt_out",
            ["keyword"],
        ),
        ("", "STOP", "opt_out", ["keyword"]),
        ("Jane Doe", "unsubscribe", "opt_out", ["free_text"]),
        ("Thanks, see you", "Re: STOP", "unsure", []),
        (
            "On Mon, Nov 16, 2026 Bright Smiles wrote:\r\n> Hi\r\n> Unsubscribe\r\n\r\nSTOP",
            "Re: Time for your next check-up",
            "opt_out",
            ["keyword"],
        ),
        ("See you Tuesday\r\n> Unsubscribe here", "Re: Time for your next check-up", "other", []),
        (
            "START",
            "Re: Time for your next check-up",
            "other",
            [],
        ),  # a From can be forged: a no counts, a yes does not
    ],
)
def test_a_mail_written_back_is_read_like_a_text(
    office: Office, body: str, subject: str, label: str, source: list[str]
) -> None:
    with acting_for(office.client.pk):
        people.contact(office.client, email="jane@example.org")
    office.mail(written(body, subject))
    with acting_for(office.client.pk):
        assert Inbound.objects.get().label == label
    assert suppressions(office) == source


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"X_Autoreply": "yes"},
        {"From": "MAILER-DAEMON@x.org"},
        {"Return_Path": "<>"},
    ],
)
def test_what_a_machine_writes_back_opts_nobody_out(office: Office, headers: dict[str, str]) -> None:
    office.mail(written("STOP. I am out of office", **headers))
    assert suppressions(office) == []


@pytest.mark.parametrize("headers", [{"Auto_Submitted": "auto-replied"}, {"Precedence": "list"}])
def test_a_no_that_a_machine_may_have_written_waits_for_a_person(
    office: Office, headers: dict[str, str]
) -> None:
    office.mail(written("Please stop mailing me", **headers))
    office.mail(written("I am on holiday until Monday", **headers))
    with acting_for(office.client.pk):
        assert [(each.label, each.rule) for each in Inbound.objects.all()] == [
            ("unsure", "a no that a machine may have written")
        ]


def test_what_an_office_puts_on_every_mail_makes_it_no_machines(office: Office) -> None:
    office.mail(written("STOP", X_Auto_Response_Suppress="All"))
    assert suppressions(office) == ["keyword"]


HTML = (
    "<style>p {{}}</style><p>{}</p><div class='gmail_quote'><p>On Mon, Bright Smiles wrote:</p>"
    "<blockquote><div>Hi Jane<br>Unsubscribe</div></blockquote></div>"
)


@pytest.mark.parametrize("said, label", [("S<b>TOP</b>", "opt_out"), ("See you Tuesday", "other")])
def test_a_mail_in_html_alone_is_read_without_what_it_quotes(office: Office, said: str, label: str) -> None:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = (
        "jane@example.org",
        "hello@bright.example",
        "Re: Time for your check-up",
    )
    made.set_content("\n")
    made.add_alternative(HTML.format(said), subtype="html")
    office.mail(made.as_bytes())
    with acting_for(office.client.pk):
        reply = Inbound.objects.get()
    assert (reply.label, "Hi Jane" in reply.body) == (label, True)


def test_of_a_mail_with_large_attachments_the_words_are_kept(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "LARGEST", 1000)
    monkeypatch.setattr(smtp_webhook, "LARGE", 1000)
    monkeypatch.setattr(smtp_webhook, "KEPT_OF_LARGE", 1000)
    assert office.mail(written("STOP\r\n\r\n> " + "x" * 5000)).status_code == 200
    assert suppressions(office) == ["keyword"]
    with acting_for(office.client.pk):
        assert len(RawHook.objects.get().body) == 1000


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00" * 100,
        b"no header at all",
        b"From: x@y.org\r\nContent-Type: multipart/mixed\r\n\r\n",
        b"\xff" * 50,
    ],
)
def test_a_mail_that_is_none_breaks_nothing(office: Office, raw: bytes) -> None:
    assert office.mail(raw).status_code == 200
    applied(office)


def test_mails_nested_deeply_break_nothing(office: Office) -> None:
    inner = b"From: a@example.org\r\n\r\nSTOP"
    for _ in range(300):
        inner = b"Content-Type: message/rfc822\r\n\r\n" + inner
    assert office.mail(inner).status_code == 200
    applied(office)
