"""What people, programs and attackers put into a field: by what it tries to be, shortest form each."""

from __future__ import annotations

PROOF = "31337"
EVALUATED = "62674"  # what a template would print that runs what it was given

TEMPLATES = [
    "{{ 31337|add:31337 }}",
    "{% load static %}{% debug %}",
    "${31337+31337}",
    "{{object.partner_id.firstname}}",
    "{{ settings.SECRET_KEY }}",
    "<%= 31337+31337 %>",
    "#{31337+31337}",
    "%s %d %(name)s {0} {name}",
]
MARKUP = [
    f"<script>alert({PROOF})</script>",
    f"\"'><img src=x onerror=alert({PROOF})>",
    f"javascript:alert({PROOF})",
    f"<svg/onload=alert({PROOF})>",
    f"&lt;script&gt;alert({PROOF})&lt;/script&gt;",
    f"</textarea><script>alert({PROOF})</script>",
    f"</title><style>*{{background:url(//evil.example/{PROOF})}}</style>",
    f"--><!-- <script>alert({PROOF})</script>",
    "<a href='javascript:alert(1)'>x</a>",
]
FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    '=cmd|"/C calc"!A0',
    '"quoted", and\nnew line',
]
STRANGE = [
    "\x00",
    "Jane\x00Doe",
    "Jane\r\nBcc: everybody@example.com",
    "\u202egnp.exe",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘",
    "👩‍👩‍👧‍👦 🏳️‍🌈 𝒥𝒶𝓃𝑒",
    "\ufeff\u200b\u2060",
    "\ud7ff\ue000\uffff",
    "ﷺ" * 200,
    "é" * 10_000,
    "a" * 100_000,
    " ",
    "\n\n\n",
    "null",
    "undefined",
    "None",
    "NaN",
    "Infinity",
    "-0",
    "1e999",
    "0x1f",
    "１２３",
    "٣",
    "999999999999999999999999999999",
    "-9223372036854775809",
    "9223372036854775808",
    "true",
    "[]",
    '{"$gt": ""}',
]
QUERIES = [
    "' OR 1=1--",
    "'; DROP TABLE tenants_client; --",
    "1 UNION SELECT NULL",
    "%' OR '%'='",
    "\\",
    "tenants__users__password__startswith",
    "(" * 1000 + "a" + ")" * 1000,
    "(a+)+$" + "a" * 40 + "!",
]
ADDRESSES = [
    "http://169.254.169.254/latest/meta-data/",
    "http://[::1]/",
    "http://0x7f.1/",
    "//evil.example",
    "\\\\evil.example",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "../../etc/passwd",
    "..%2f..%2f",
    "%00",
]
DAYS = ["0000-01-01", "2025-02-29", "9999-12-31", "10000-01-01", "31/12/2025", "1-1-1", "2026-13-45"]
PEOPLE = [
    "+1 (555) 010-9999 x12",
    "12345",
    "+1 900 555 0100",
    "+44 20 7946 0958",
    "１５７４２３１０６１１",
    "tel:+15742310611",
    '"a b"@example.com',
    "a@b@c",
    "a@example.com.",
    "a@exämple.com",
    "a" * 320 + "@example.com",
    "a@example.com\r\nBcc: b@example.com",
]
ALL = [*TEMPLATES, *MARKUP, *FORMULAS, *STRANGE, *QUERIES, *ADDRESSES, *DAYS, *PEOPLE]
# For sweeps over every form, where each string costs a second: one of each kind, some of them several kinds at once.
FEW = [
    "".join((MARKUP[1], TEMPLATES[0], QUERIES[0])),
    MARKUP[5],
    STRANGE[0],
    STRANGE[1],
    STRANGE[2],
    "a" * 100_000,
    "ﷺ👩‍👩‍👧‍👦\u202e" * 15,
    "999999999999999999999999999999",
    "-9223372036854775809",
    "0",
    "1e999",
    "9999-12-31",
    "0001-01-01",
    "2025-02-29",
    ADDRESSES[0],
    ADDRESSES[3],
    PEOPLE[0],
    PEOPLE[6],
    "a@exämple.com",
]

RAN = (
    f"<script>alert({PROOF})",
    f"<img src=x onerror=alert({PROOF})",
    f"<svg/onload=alert({PROOF})",
    f"url(//evil.example/{PROOF})}}</style>",
)


def ran(page: str) -> list[str]:
    """What of these would have run, or was evaluated, in a page that shows them."""
    return [each for each in (*RAN, EVALUATED) if each in page]
