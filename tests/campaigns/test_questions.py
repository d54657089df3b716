"""Where to ask about data: the agency's own address, on every page that somebody without an account reads."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from consent import signing_up
from consent.models import ContactPoint, SignupForm, SignupWording
from consent.preference_links import make_links
from tenants.models import Agency, Channel, Client, Purpose
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import asked, opened

pytestmark = pytest.mark.django_db
ADDRESS = "privacy@reach.example"
SAYS = f'<a href="mailto:{ADDRESS}">{ADDRESS}</a>'


def unsubscribe_link(of: Client) -> str:
    with acting_for(of.pk):
        who = people.contact(of, email="jane@example.org")
        address = ContactPoint.objects.get(contact=who, channel=Channel.EMAIL).address_id
    (url,) = make_links(of.pk, [(address, 17, 4)])
    return url.removeprefix("http://testserver")


def sign_up_page(of: Client) -> str:
    form = SignupForm.objects.create(public_id="a" * 22, client=of, name="Website")
    with acting_for(of.pk):
        SignupWording.objects.create(
            client=of, form=form.public_id, number=1, wording=signing_up.starter(of.name, [Purpose.CARE]), purposes=[Purpose.CARE],
            made_by=people.user("Olive"),
        )  # fmt: skip
    return f"/s/{form.public_id}/"


def test_the_owner_says_where_and_patients_read_it_of_their_practices_agency_alone(client: Browser) -> None:
    clinic, rival = people.clinic(), people.rival_clinic()
    people.sign_in(client, people.olive())
    assert ADDRESS in client.post("/team/questions/", {"questions_to": ADDRESS}, follow=True).content.decode()
    nobody = Browser()
    theirs, others = unsubscribe_link(clinic), unsubscribe_link(rival)
    for answer in (nobody.get(theirs), nobody.post(theirs), nobody.get(sign_up_page(clinic))):
        assert SAYS in answer.content.decode()
    assert "mailto:" not in nobody.get(others).content.decode()
    client.post("/team/questions/", {"questions_to": ""})
    assert "mailto:" not in nobody.get(theirs).content.decode()


def test_who_signs_reads_it_in_the_review_and_where_there_is_none_any_more(client: Browser) -> None:
    case = asked()
    Agency.objects.filter(pk=case.client.agency_id).update(questions_to=ADDRESS)
    token = case.token()
    opened(client, token)
    assert SAYS in client.get(f"/a/{token}/").content.decode()
    case.token()
    shut = client.get(f"/a/{token}/")
    assert (shut.status_code, SAYS in shut.content.decode()) == (410, True)


def test_only_the_owner_changes_it_and_only_into_an_address(client: Browser) -> None:
    people.clinic()
    people.alice()
    people.sign_in(client, people.olive())
    assert client.post("/team/questions/", {"questions_to": "by phone"}).status_code == 422
    assert not Agency.objects.exclude(questions_to="").exists()
    client.post("/team/questions/", {"questions_to": ADDRESS})
    for who in (people.user("Alice"), people.charlie()):
        assert (
            people.sign_in(Browser(), who).post("/team/questions/", {"questions_to": ""}).status_code == 403
        )
    assert Agency.objects.get(name="Reach Agency").questions_to == ADDRESS
