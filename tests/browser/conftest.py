"""One demo and one browser for the whole walk; a signed-in window for each person who takes part."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.looking import PHONE, WIDE, Eyes
from tests.browser.running_demo import RunningDemo
from tests.chromium import FLAGS, chromium

PATIENCE = 20_000  # milliseconds: for a machine that has other things to do
Window = Callable[..., Eyes]


@pytest.fixture(scope="package")
def demo() -> Generator[RunningDemo, None, None]:
    if os.environ.get("WALK_DEMO"):
        yield RunningDemo(Path(os.environ["WALK_DEMO"]))
        return
    with tempfile.TemporaryDirectory(prefix="cts-demo-") as name:
        Path(name).chmod(0o711)  # as root the servers run as nobody
        made = RunningDemo(Path(name))
        made.start()
        made.until(made.place.description.exists)
        yield made
        if made.process and made.process.poll() is None:
            made.process.terminate()
            made.process.wait(60)


@pytest.fixture(scope="package")
def browser() -> Generator[Browser, None, None]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        yield made
        made.close()


@pytest.fixture(scope="package")
def window(demo: RunningDemo, browser: Browser) -> Generator[Window, None, None]:
    """`window("sam@harbor.example")` is Sam's, signed in; `window()` belongs to nobody. Each person has one."""
    opened: dict[str, Eyes] = {}
    expect.set_options(timeout=PATIENCE)

    def of(email: str = "", *, phone: bool = False) -> Eyes:
        if email not in opened:
            size = PHONE if phone else WIDE
            context = browser.new_context(base_url=demo.url, viewport=size, reduced_motion="reduce")  # type: ignore[arg-type]
            context.set_default_timeout(PATIENCE)
            opened[email] = Eyes(context.new_page())
            if email and not phone:
                sign_in(opened[email], email, demo.password(email))
        return opened[email]

    yield of
    for each in opened.values():
        each.page.context.close()


def sign_in(eyes: Eyes, email: str, password: str) -> None:
    page = eyes.page
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
