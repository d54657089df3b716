"""People's texts, posted to a clinic's hook as the provider signs them; which of them were answered 2xx."""

from __future__ import annotations

import itertools
import threading
from urllib.parse import urlencode

import requests
from twilio.request_validator import RequestValidator

from messaging.models import RawHook
from tenants.scope import acting_for
from tests.reliability.stage import ACCOUNT, Clinic

_numbers = itertools.count(1)
PATIENCE = 20.0
STRANGER = "+17652310600"  # on nobody's list: a text to whoever wrote would wait until somebody has read it


class Poster:
    """Posts until it is told to end. What breaks off or is refused is not posted again: only what was answered counts."""

    def __init__(self, url: str, of: Clinic, most: int = 10**9, threads: int = 1) -> None:
        self.posted, self.answered = 0, set[str]()
        self._url, self._of, self._most = f"{url}/hooks/twilio/{of.token}/inbound", of, most
        self._over, self._mine = threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._post, daemon=True) for _ in range(threads)]
        for each in self._threads:
            each.start()

    def running(self) -> bool:
        return any(each.is_alive() for each in self._threads)

    def end(self) -> None:
        self._over.set()
        for each in self._threads:
            each.join()

    def not_kept(self) -> set[str]:
        """Answered 2xx, and not in the database."""
        with acting_for(self._of.id):
            return self.answered - set(RawHook.objects.values_list("delivery_id", flat=True))

    def _post(self) -> None:
        session = requests.Session()
        session.trust_env = False
        while not self._over.wait(0.002):
            with self._mine:
                if self.posted >= self._most:
                    return
                self.posted += 1
            sid = f"SM{next(_numbers):032x}"
            form = {"MessageSid": sid, "AccountSid": ACCOUNT, "From": STRANGER, "To": self._of.number,
                    "NumMedia": "0", "Body": "See you then"}  # fmt: skip
            signed = RequestValidator("secret").compute_signature(self._url, form)
            headers = {"X-Twilio-Signature": signed, "Content-Type": "application/x-www-form-urlencoded"}
            try:
                answer = session.post(self._url, urlencode(form), headers=headers, timeout=PATIENCE)
            except requests.RequestException:
                session.close()
                continue
            if answer.ok:
                with self._mine:
                    self.answered.add(sid)
