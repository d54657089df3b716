"""Finds a Chromium for the browser tests, installing one where that is possible."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
)


class NoChromium(Exception):
    """No browser, and none could be installed; the message says what to do."""


def chromium() -> str:
    """The path of a Chromium: on the PATH, or Playwright's, or (as root on Debian) installed now.

    CHROMIUM in the environment names one outright. Raises NoChromium with one sentence.
    """
    return named() or installed() or by_apt() or by_playwright() or _give_up()


def named() -> str | None:
    path = os.environ.get("CHROMIUM", "")
    if path and not os.access(path, os.X_OK):
        raise NoChromium(f"CHROMIUM is {path!r}, which is no program: set it to a Chromium, or unset it.")
    return path or None


def installed() -> str | None:
    on_path = next((found for name in NAMES if (found := shutil.which(name))), None)
    return on_path or _playwrights()


def by_apt() -> str | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    print("Installing Chromium with apt-get (once)", flush=True)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "-qq", "install", "-y", "--no-install-recommends", "chromium"]
    for command in (["apt-get", "-qq", "update"], install):
        subprocess.run(command, stdout=subprocess.DEVNULL, env=env, check=False)
    return shutil.which("chromium")


def by_playwright() -> str | None:
    print("Installing Chromium with Playwright (once)", flush=True)
    done = subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    return _playwrights() if done.returncode == 0 else None


def _playwrights() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _give_up() -> str:
    raise NoChromium("The browser tests need Chromium: install it so that `chromium` is on the PATH.")


if __name__ == "__main__":
    try:
        print(chromium())
    except NoChromium as missing:
        sys.exit(str(missing))
