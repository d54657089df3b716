from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client as Browser

from campaigns import asking
from campaigns.models import Approval, Objection, ReviewLink
from tenants.clock import db_now
from tenants.models import AuditEvent, Membership, Role
from tenants.scope import acting_for
from tests import people
from tests.browser.letters import totp
from tests.campaigns.review import Asked, ask_again, asked, enrol, mailed_code, opened, signature
from tests.laid import laid_once, own_copy

pytestmark = pytest.mark.django_db
DOORS = ("code", "open", "sign", "change", "withdraw", "mail/1", "mail/2")


laid = laid_once(asked)


@pytest.fixture
def case(laid: Asked, db: None) -> Asked:
    return own_copy(laid)


def approvals(case: Asked) -> int:
    with acting_for(case.client.pk):
        return int(Approval.objects.count())


def test_the_link_alone_shows_the_practice_and_a_button(case: Asked, client: Browser) -> None:
    page = client.get(f"/a/{case.token()}/").content.decode()
    assert "Bright Smiles" in page
    assert "Mail me the code" in page
    for hidden in ("come by", "Jane", "bob@example.org", "Spring recall", "Alice"):
        assert hidden not in page


def test_looking_presses_nothing(case: Asked, client: Browser) -> None:
    token = case.token()
    opened(client, token)
    before = ReviewLink.objects.values_list("tries", "codes_mailed", "opened_at", "open_until").get(
        ended_at=None, user=case.bob
    )
    mailed = len(mail.outbox)
    for path in ("", *(f"{door}/" for door in DOORS)):
        for method in (client.get, client.head, client.options):
            method(f"/a/{token}/{path}")
    after = ReviewLink.objects.values_list("tries", "codes_mailed", "opened_at", "open_until").get(
        ended_at=None, user=case.bob
    )
    assert (before, mailed, approvals(case)) == (after, len(mail.outbox), 0)
    with acting_for(case.client.pk):
        assert not Objection.objects.exists()


def test_the_mailed_code_opens_the_review_in_that_browser_only(case: Asked, client: Browser) -> None:
    token = case.token()
    opened(client, token)
    page = client.get(f"/a/{token}/").content.decode()
    assert "This is what will be sent in the name of Bright Smiles" in page
    assert "Hi Jane, come by" in page
    assert "Reply STOP to opt out" in page
    stranger = Browser()
    assert "Hi Jane" not in stranger.get(f"/a/{token}/").content.decode()
    for door in DOORS[2:]:
        assert stranger.get(f"/a/{token}/{door}/").status_code == 302


def test_a_code_of_one_browser_does_not_open_another(case: Asked, client: Browser) -> None:
    token = case.token()
    client.post(f"/a/{token}/code/")
    thief = Browser()
    thief.post(f"/a/{token}/open/", {"code": mailed_code()})
    assert "Hi Jane" not in thief.get(f"/a/{token}/").content.decode()


def test_a_code_works_once_and_dies_after_ten_minutes_or_five_wrong_tries(
    case: Asked, client: Browser
) -> None:
    token = case.token()
    client.post(f"/a/{token}/code/")
    right = mailed_code()
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(5):
        client.post(f"/a/{token}/open/", {"code": wrong})
    client.post(f"/a/{token}/open/", {"code": right})
    assert "Hi Jane" not in client.get(f"/a/{token}/").content.decode()

    client.post(f"/a/{token}/code/")
    ReviewLink.objects.filter(ended_at=None).update(code_until=db_now() - timedelta(seconds=1))
    client.post(f"/a/{token}/open/", {"code": mailed_code()})
    assert "Hi Jane" not in client.get(f"/a/{token}/").content.decode()

    opened(client, token)
    used = mailed_code()
    ReviewLink.objects.filter(ended_at=None).update(open_until=None)
    client.post(f"/a/{token}/open/", {"code": used})
    assert "Hi Jane" not in client.get(f"/a/{token}/").content.decode()


def test_the_code_is_stored_as_a_keyed_hash_only(case: Asked, client: Browser) -> None:
    client.post(f"/a/{case.token()}/code/")
    link = ReviewLink.objects.get(ended_at=None)
    assert mailed_code().encode() not in bytes(link.code_hash or b"")
    assert len(bytes(link.code_hash or b"")) == 32


def test_an_opened_review_closes_after_half_an_hour(case: Asked, client: Browser) -> None:
    token = case.token()
    opened(client, token)
    ReviewLink.objects.filter(ended_at=None).update(open_until=db_now())
    assert "Hi Jane" not in client.get(f"/a/{token}/").content.decode()
    assert client.post(f"/a/{token}/sign/", signature("JBSWY3DPEHPK3PXP")).status_code == 302
    assert approvals(case) == 0


def test_the_contact_signs_and_enrols_the_second_factor_in_one_go(case: Asked, client: Browser) -> None:
    token = case.token()
    opened(client, token)
    page = client.get(f"/a/{token}/sign/").content.decode()
    secret = page.split("Key: <code>")[1].split("<")[0]
    assert "data:image/svg+xml;base64," in page
    answer = client.post(f"/a/{token}/sign/", signature(secret), headers={"user-agent": "A phone"})
    assert answer.status_code == 302
    with acting_for(case.client.pk):
        made = Approval.objects.get()
        assert (made.typed_name, made.second_factor, made.browser, made.ip) == (
            "Robert Clinic",
            "totp",
            "A phone",
            "127.0.0.1",
        )
        assert AuditEvent.objects.filter(verb="approval.factor_enrolled", actor=case.bob).exists()
    assert Authenticator.objects.filter(user=case.bob, type=Authenticator.Type.TOTP).exists()
    assert secret not in str(Authenticator.objects.get(user=case.bob).data)
    page = client.get(f"/a/{token}/").content.decode()
    assert "What happens next" in page
    assert "Withdraw my approval" in page


def test_whoever_is_enrolled_types_the_code_only_and_no_code_twice(case: Asked, client: Browser) -> None:
    secret = enrol(case.bob)
    token = case.token()
    opened(client, token)
    page = client.get(f"/a/{token}/sign/").content.decode()
    assert "Set up your second factor" not in page
    assert secret not in page
    typed = signature(secret)
    client.post(f"/a/{token}/sign/", typed)
    assert approvals(case) == 1
    with acting_for(case.client.pk):
        case.request = ask_again(case.campaign, case.alice)
    second = case.token()
    opened(client, second)
    answer = client.post(f"/a/{second}/sign/", typed)
    assert answer.status_code == 422
    assert "used before" in answer.content.decode()
    assert approvals(case) == 1


def test_the_mailbox_alone_never_signs(case: Asked, client: Browser) -> None:
    """Link and one-time code are there; without the second factor nothing is signed; five tries close it."""
    enrol(case.bob)
    token = case.token()
    opened(client, token)
    for n in range(4):
        assert (
            client.post(f"/a/{token}/sign/", signature("JBSWY3DPEHPK3PXP", code=f"00000{n}")).status_code
            == 422
        )
    assert client.post(f"/a/{token}/sign/", signature("JBSWY3DPEHPK3PXP", code="000009")).status_code == 302
    assert "Mail me the code" in client.get(f"/a/{token}/").content.decode()
    assert approvals(case) == 0


@pytest.mark.parametrize("left_out", ["typed_name", "title", "agree", "code"])
def test_a_signature_that_is_not_whole_is_shown_again_as_typed(
    case: Asked, client: Browser, left_out: str
) -> None:
    secret = enrol(case.bob)
    token = case.token()
    opened(client, token)
    given = {name: value for name, value in signature(secret).items() if name != left_out}
    answer = client.post(f"/a/{token}/sign/", given)
    assert answer.status_code == 422
    if left_out != "typed_name":
        assert "Robert Clinic" in answer.content.decode()
    assert approvals(case) == 0


def test_asking_for_a_change_of_one_message(case: Asked, client: Browser) -> None:
    token = case.token()
    opened(client, token)
    assert client.post(f"/a/{token}/change/", {"step": "2", "comment": ""}).status_code == 422
    assert client.post(f"/a/{token}/change/", {"step": "7", "comment": "x"}).status_code == 422
    client.post(f"/a/{token}/change/", {"step": "2", "comment": "Softer, please"})
    with acting_for(case.client.pk):
        assert (Objection.objects.get().step, Objection.objects.get().comment) == (2, "Softer, please")
    page = client.get(f"/a/{token}/").content.decode()
    assert "Softer, please" in page
    assert "/sign/" not in page


def test_the_client_withdraws_by_the_same_link(case: Asked, client: Browser) -> None:
    secret = enrol(case.bob)
    token = case.token()
    opened(client, token)
    client.post(f"/a/{token}/sign/", signature(secret))
    client.post(f"/a/{token}/withdraw/", {"because": "Too early"})
    with acting_for(case.client.pk):
        assert Approval.objects.get().ended_because == "Too early"
        assert not Approval.objects.in_force(db_now()).exists()
    assert "Withdrawn" in client.get(f"/a/{token}/").content.decode()


@pytest.mark.parametrize("token", ["x", "0" * 43, "%00", "é", "a" * 3000, "..", "-1"])
def test_a_token_nobody_was_mailed_shows_nothing(client: Browser, token: str) -> None:
    for door in ("", *(f"{each}/" for each in DOORS)):
        assert client.get(f"/a/{token}/{door}").status_code in {404, 405}
    assert client.post(f"/a/{token}/code/").status_code == 404


def test_links_that_ran_out_or_were_replaced_or_taken_back_say_so(case: Asked, client: Browser) -> None:
    first = case.token()
    second = case.token()
    assert "newer link" in client.get(f"/a/{first}/").content.decode()
    ReviewLink.objects.filter(ended_at=None).update(expires_at=db_now())
    page = client.get(f"/a/{second}/")
    assert page.status_code == 410
    assert "ran out" in page.content.decode()
    assert client.post(f"/a/{second}/code/").status_code == 302
    third = case.token()
    with acting_for(case.client.pk):
        asking.withdraw_request(case.request.pk, case.alice)
    assert "took this request back" in client.get(f"/a/{third}/").content.decode()


def test_a_request_that_was_replaced_says_so_and_cannot_be_signed(case: Asked, client: Browser) -> None:
    secret = enrol(case.bob)
    token = case.token()
    opened(client, token)
    with acting_for(case.client.pk):
        asking.close_open(case.campaign, "replaced")
    client.post(f"/a/{token}/sign/", signature(secret))
    assert approvals(case) == 0
    assert "can no longer be signed" in client.get(f"/a/{token}/").content.decode()
    assert "can no longer be signed" in Browser().get(f"/a/{token}/").content.decode()


def test_who_left_the_practice_is_shut_out_at_once(case: Asked, client: Browser) -> None:
    secret = enrol(case.bob)
    token = case.token()
    opened(client, token)
    Membership.objects.filter(user=case.bob).update(ended_at=db_now())
    assert "Hi Jane" not in client.get(f"/a/{token}/").content.decode()
    client.post(f"/a/{token}/sign/", signature(secret))
    assert approvals(case) == 0


def test_agency_staff_holding_the_link_and_the_mailbox_still_cannot_sign(
    case: Asked, client: Browser
) -> None:
    """A forwarded mailbox: everything but the authenticator; and as a second member of the agency as well."""
    secret = enrol(case.bob)
    token = case.token()
    people.sign_in(client, case.alice)
    opened(client, token)
    client.post(f"/a/{token}/sign/", signature(enrol(people.olive())))
    assert approvals(case) == 0
    Membership.objects.create(user=case.bob, role=Role.STAFF, agency=people.agency())
    client.post(f"/a/{token}/sign/", signature(secret, code=totp(secret)))
    assert approvals(case) == 0
