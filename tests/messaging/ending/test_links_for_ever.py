"""The link of a mail works for ever: after the person was erased, and after the client left. It then tells nothing of anybody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser

from consent.models import ContactPoint, Suppression
from consent.preference_links import make_links
from messaging.ending.deleting import delete
from tenants.clock import db_now
from tenants.models import Channel
from tenants.scope import acting_for
from tests.messaging.evidence.test_erasing import Case

pytestmark = pytest.mark.django_db


def left(case: Case) -> None:
    with acting_for(case.clinic.pk):
        delete(case.clinic, case.olive)


@pytest.mark.parametrize("gone", [Case.erase, left])
def test_the_link_still_stops_and_tells_nothing(
    gone: Callable[[Case], Any], settings: Any, tmp_path: Path
) -> None:
    settings.UPLOAD_DIR = str(tmp_path)
    case = Case()
    with acting_for(case.clinic.pk):
        points = dict(ContactPoint.objects.filter(contact=case.her).values_list("channel", "address"))
        (url,) = make_links(case.clinic.pk, [(points[Channel.EMAIL], None, None)])
    there = url.removeprefix("http://testserver")
    browser = Browser(enforce_csrf_checks=True)
    assert "ends in 76" in browser.get(there).content.decode()
    gone(case)
    shown = browser.get(there).content.decode()
    assert "Stop e-mails from Bright Smiles?" in shown
    assert "ends in" not in shown
    assert browser.post(there, {"texts": points[Channel.SMS]}).status_code == 200
    assert "You are unsubscribed" in browser.post(there).content.decode()
    with acting_for(case.clinic.pk):
        out = Suppression.objects.in_force(db_now()).filter(address=points[Channel.EMAIL])
        assert "preferences" in set(out.values_list("source", flat=True))
