"""A deletion that is broken off has deleted nothing, and is done whole by the next who looks."""

from __future__ import annotations

import pytest

from messaging.ending import asking
from messaging.ending.asking import carry_out, tend_departures
from messaging.models import Certificate
from tenants.models import Client, User
from tenants.scope import acting_for
from tests.messaging.ending.test_deleting import bob, case, exported, folder
from tests.messaging.evidence.test_erasing import CANARIES, Case, found

__all__ = ["bob", "case", "folder"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_worker_that_dies_at_the_last_step_has_deleted_nothing_and_it_begins_again(
    case: Case, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported(case.clinic, bob)
    with acting_for(case.clinic.pk):
        asking.ask(case.clinic, bob)
        asking.agree(case.clinic, case.olive)
    with monkeypatch.context() as dying:
        dying.setattr("messaging.ending.deleting.certify", lambda *_, **__: exit("killed"))
        with pytest.raises(SystemExit):
            carry_out(case.clinic.pk)
    assert found() == set(CANARIES), "all of it or nothing"
    with acting_for(case.clinic.pk):
        assert not Certificate.objects.filter(what="client").exists()
        assert Client.objects.get(pk=case.clinic.pk).closed_at is None
    assert tend_departures() == 1
    assert found() == set()
