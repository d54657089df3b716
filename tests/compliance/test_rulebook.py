"""The rulebook holds whatever can refuse anything."""

from __future__ import annotations

import re

import pytest
from django.test import Client as Browser
from django.urls import reverse

from compliance import flight
from compliance.checks import CHECKS
from compliance.content.rules import RULES
from tests import people


@pytest.mark.django_db
def test_the_rulebook_holds_every_check_and_every_rule() -> None:
    alice = people.sign_in(Browser(), people.alice())
    page = alice.get(reverse("rulebook")).content.decode()
    assert "not legal advice" in page
    for name in [check.code for check in CHECKS] + [rule.id for rule in RULES]:
        assert f'id="{name}"' in page
    assert {check.code for check in CHECKS} == set(flight.TITLES)


def test_a_finding_never_names_a_rule_that_the_rulebook_lacks() -> None:
    import compliance.content.mails as mails
    import compliance.content.review as review
    import compliance.content.texts as texts

    known = {rule.id for rule in RULES}
    for module in (mails, review, texts):
        assert module.__file__
        with open(module.__file__) as source:
            assert set(re.findall(r'Finding\(\s*"([A-Z0-9-]+)"', source.read())) <= known
