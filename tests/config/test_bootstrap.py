from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

import bootstrap
from tests import chromium


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a lock of no packages and no .venv."""
    lock = tmp_path / "requirements.lock"
    lock.write_text("")
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "LOCK", lock)
    monkeypatch.setattr(bootstrap, "READY", tmp_path / ".venv" / "ready")
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr("shutil.which", lambda name: None)  # without uv
    return tmp_path


def test_a_python_that_cannot_make_environments_is_told_the_one_line_to_run(
    fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"apt-get install -y python3\.\d+-venv"):
        bootstrap.main()
    assert not (fresh / ".venv").exists()


def test_a_first_run_installs_and_a_second_does_nothing(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bootstrap.main()
    assert bootstrap.READY.read_text().strip() == hashlib.sha256(b"").hexdigest()
    subprocess.run([bootstrap.PYTHON, "-m", "pip", "--version"], check=True)
    monkeypatch.setattr(bootstrap, "with_pip", lambda: pytest.fail("installed again"))
    bootstrap.main()


def test_a_changed_lock_is_installed(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "works", lambda: True)
    bootstrap.VENV.mkdir()
    bootstrap.READY.write_text(hashlib.sha256(b"").hexdigest())
    bootstrap.LOCK.write_text("# another\n")
    ran: list[str] = []

    def install() -> bool:
        ran.append("pip")
        return True

    monkeypatch.setattr(bootstrap, "with_pip", install)
    bootstrap.main()
    assert ran == ["pip"]
    assert bootstrap.READY.read_text().strip() == hashlib.sha256(b"# another\n").hexdigest()


def test_a_package_without_its_hash_is_not_installed(
    fresh: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "PYTHON", Path(sys.executable))  # it works, and installs nothing
    bootstrap.VENV.mkdir()
    bootstrap.LOCK.write_text("idna==3.7\n")
    with pytest.raises(SystemExit, match="could not be installed"):
        bootstrap.main()
    assert "hash" in capfd.readouterr().err
    assert not bootstrap.READY.exists()


def test_a_browser_that_is_named_but_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/no/such/browser")
    with pytest.raises(chromium.NoChromium, match="CHROMIUM is '/no/such/browser'"):
        chromium.chromium()


def test_without_any_browser_one_sentence_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for way in ("named", "installed", "by_apt", "by_playwright"):
        monkeypatch.setattr(chromium, way, lambda: None)
    with pytest.raises(chromium.NoChromium, match="install it so that `chromium` is on the PATH"):
        chromium.chromium()


def test_the_browser_that_is_found_runs() -> None:
    said = subprocess.run([chromium.chromium(), "--version"], capture_output=True, text=True, check=True)
    assert "Chrom" in said.stdout


def test_bootstrap_needs_nothing_but_the_standard_library() -> None:
    alone = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        "import sys; sys.path.insert(0, sys.argv[1]); import bootstrap",
    ]
    subprocess.run([*alone, str(Path(bootstrap.__file__).parent)], check=True)
