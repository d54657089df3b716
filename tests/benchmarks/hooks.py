"""Webhooks: how many events a second are verified, told apart and applied; and how soon a STOP is enforced while others send."""

from __future__ import annotations

import base64
import http.client
import json
import random
import statistics
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlencode

import psutil
import psycopg2
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from twilio.request_validator import RequestValidator

from config.servers.process import free_port
from tests.benchmarks.folk import ACCOUNT, TOKEN, mailbox, phone
from tests.benchmarks.running import cpu, program, until
from tests.benchmarks.sending import Field, Run

WARM = 8
AT_ONCE = 1000  # events a post, as SendGrid sends them
SIGNED, STAMPED = (f"X-Twilio-Email-Event-Webhook-{name}" for name in ("Signature", "Timestamp"))
WEB = ["--bind", "127.0.0.1:{port}", "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--no-control-socket"]  # fmt: skip
Posts = list[tuple[bytes, dict[str, str]]]


def new_key() -> tuple[ec.EllipticCurvePrivateKey, str]:
    """SendGrid's signing key, and what the account shows of it."""
    key = ec.generate_private_key(ec.SECP256R1())
    shown = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return key, base64.b64encode(shown).decode()


def events(field: Field, key: ec.EllipticCurvePrivateKey, number: int) -> list[dict[str, Any]]:
    """After a mail to each of `number` people: ten events each, one in two hundred an opt-out, one in twenty told twice."""
    field.stub.begin(0)
    with field.product(Run("mail", "email", number)):
        until(lambda: field.stub.counts()["messages"] >= number, 120, 0.5)
        time.sleep(2)  # for the last outcomes
    with psycopg2.connect(field.admin_url("sending")) as admin, admin.cursor() as cursor:
        cursor.execute("SELECT id FROM messaging_attempt WHERE outcome = 'accepted'")
        attempts = [str(row[0]) for row in cursor.fetchall()]
    posts = posts_about(attempts, key)
    return [_product(field, posts), _anymail(field, posts)]


def posts_about(attempts: Sequence[str], key: ec.EllipticCurvePrivateKey) -> Posts:
    """Signed posts of a thousand events: ten of each attempt, one in two hundred an opt-out, one in twenty told twice."""
    told = []
    for at, attempt in enumerate(attempts):
        for word in [*["deferred"] * 8, "delivered", "unsubscribe" if at % 20 == 0 else "deferred"]:
            event = {
                "email": mailbox(at), "event": word, "timestamp": int(time.time()), "attempt": attempt,
                "sg_event_id": uuid.uuid4().hex, "sg_message_id": uuid.uuid4().hex + ".filter",
            }  # fmt: skip
            told += [event] * (2 if at % 20 == 0 else 1)
    made = []
    for begin in range(0, len(told), AT_ONCE):
        body, stamp = json.dumps(told[begin : begin + AT_ONCE]).encode(), str(int(time.time()))
        signature = key.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        made.append((body, {SIGNED: base64.b64encode(signature).decode(), STAMPED: stamp, "Content-Type": "application/json"}))  # fmt: skip
    return made


def _product(field: Field, posts: Posts) -> dict[str, Any]:
    port, env = free_port(), field.product_env()
    web = ["-m", "gunicorn", "config.wsgi:application", *(word.format(port=port) for word in WEB)]
    worker = ["-m", "celery", "-A", "config", "worker", "--concurrency", "2", "--queues", "default", "--loglevel", "WARNING"]  # fmt: skip
    with ExitStack() as stack:
        going = [stack.enter_context(program(words, env, field.log)) for words in (web, worker)]
        field.ready(1)
        stack.enter_context(field.rung())

        def applied() -> bool:
            with psycopg2.connect(field.admin_url("sending")) as admin, admin.cursor() as cursor:
                cursor.execute("SELECT count(*) FILTER (WHERE applied_at IS NOT NULL) FROM messaging_rawhook")
                (number,) = cursor.fetchone() or (0,)
                return bool(number >= len(posts))

        return _timed("the product", field, going, port, f"/hooks/sendgrid/{TOKEN}-sendgrid", posts, applied)


def _anymail(field: Field, posts: Posts) -> dict[str, Any]:
    port = free_port()
    loops = ["-m", "tests.benchmarks.peers.loops", "fill", "email", "1"]
    with program(loops, field.peers, field.log) as filling:
        filling.wait(120)
    words = ["-m", "gunicorn", "tests.benchmarks.peers.wsgi:application", *(word.format(port=port) for word in WEB)]  # fmt: skip
    with program(words, field.peers, field.log) as web:
        return _timed("anymail's view", field, [web], port, "/hook", posts[:5], lambda: True)


def _timed(
    name: str, field: Field, going: list[psutil.Process], port: int, path: str, posts: Posts, done: Any
) -> dict[str, Any]:
    assert until(lambda: _post(port, path, b"", {})[0] in (400, 403, 404, 405), 60, 0.2), name
    database = [psutil.Process(field.servers.database.pid)]
    before, began = cpu(going) + cpu(database), time.monotonic()
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda post: _post(port, path, *post), posts))
    acknowledged = time.monotonic() - began
    assert {status for status, _ in answers} == {200}, (name, answers)
    assert until(done, 300, 0.1), name
    seconds = time.monotonic() - began
    number = sum(body.count(b"sg_event_id") for body, _ in posts)
    return {
        "name": name, "events": number, "a_second": number / seconds, "acknowledged_a_second": number / acknowledged,
        "cpu_ms": (cpu(going) + cpu(database) - before) / number * 1000,
        "post_p50_ms": 1000 * statistics.median(took for _, took in answers), "post_worst_ms": 1000 * max(took for _, took in answers),
    }  # fmt: skip


def _post(port: int, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, float]:
    began = time.monotonic()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        line.request(
            "POST", path, body, {**headers, "Host": "testserver" if "/hooks/" in path else "127.0.0.1"}
        )
        answer = line.getresponse()
        answer.read()
        return answer.status, time.monotonic() - began
    except OSError:
        return 0, 0.0
    finally:
        line.close()


def stops(field: Field, number: int, said: int = 100, a_second: float = 10.0) -> dict[str, Any]:
    """People say STOP while texts leave as fast as they can: from the post to the moment from which none can begin."""
    field.stub.begin(0)
    port, env = free_port(), field.product_env()
    web = ["-m", "gunicorn", "config.wsgi:application", *(word.format(port=port) for word in WEB)]
    path = f"/hooks/twilio/{TOKEN}-twilio/inbound"
    posted: dict[str, float] = {}
    with field.product(Run("stops", "sms", number)), program(web, env, field.log):
        assert until(lambda: _post(port, path, b"", {})[0] in (400, 403), 60, 0.2)
        assert until(lambda: field.stub.counts()["messages"] > 200, 60)
        with ThreadPoolExecutor(
            WARM
        ) as threads:  # each process of the web reads its modules at its first STOP
            list(threads.map(lambda at: _stop(port, path, number + at), range(2 * WARM)))
        before, began = field.stub.counts()["messages"], time.monotonic()
        for at, who in enumerate(random.sample(range(number // 4, number), said)):
            at_once = time.time()
            posted[_stop(port, path, who)] = at_once
            time.sleep(max(0.0, began + (at + 1) / a_second - time.monotonic()))
        rate = (field.stub.counts()["messages"] - before) / (time.monotonic() - began)
        time.sleep(5)
    with psycopg2.connect(field.admin_url("sending")) as admin, admin.cursor() as cursor:
        cursor.execute(
            "SELECT i.provider_id, extract(epoch FROM s.since)::float8, extract(epoch FROM s.enforced_at)::float8, "
            "(SELECT count(*) FROM messaging_attempt a JOIN messaging_message m ON m.id = a.message_id "
            "WHERE m.address_id = s.address_id AND a.claimed_at > s.enforced_at) "
            "FROM messaging_inbound i JOIN consent_suppression s ON s.address_id = i.address_id WHERE i.provider_id = ANY(%s)",
            [list(posted)],
        )
        rows = cursor.fetchall()
    assert len(rows) == said and all(row[2] for row in rows), (len(rows), said)  # noqa: PT018
    enforced = sorted(1000 * (row[2] - posted[row[0]]) for row in rows)
    stored = sorted(1000 * (row[1] - posted[row[0]]) for row in rows)
    return {
        "said": said, "texts_a_second": rate, "stored_p99_ms": stored[int(0.99 * said)], "p50_ms": statistics.median(enforced),
        "p99_ms": enforced[int(0.99 * said)], "worst_ms": enforced[-1], "begun_after": sum(row[3] for row in rows),
    }  # fmt: skip


def _stop(port: int, path: str, who: int) -> str:
    """A signed STOP of one person; returns its SID once it is answered."""
    form = {
        "MessageSid": f"SM{uuid.uuid4().hex}", "AccountSid": ACCOUNT, "From": phone(who), "To": "+15742310600", "NumMedia": "0",
        "Body": "STOP",
    }  # fmt: skip
    signature = RequestValidator("secret").compute_signature(f"http://testserver{path}", form)
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    status, _ = _post(port, path, urlencode(form).encode(), headers)
    assert status == 200, status
    return form["MessageSid"]
