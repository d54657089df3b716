from __future__ import annotations

import ast
from pathlib import Path

import pytest

from config.env import ROOT
from tests import saved_template

APPS = ("tenants", "consent", "campaigns", "compliance", "messaging", "config")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("consent/migrations/0001.py", "consent/models/person.py", "tenants/isolation.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    monkeypatch.setattr(saved_template, "ROOT", tmp_path)
    monkeypatch.setattr(saved_template, "STORE", tmp_path / "var" / "test-template")
    return tmp_path


@pytest.mark.parametrize(
    "name", ["consent/migrations/0001.py", "consent/migrations/0002.py", "tenants/isolation.py"]
)
def test_a_changed_or_new_migration_makes_the_template_anew(checkout: Path, name: str) -> None:
    before = saved_template.fingerprint()
    assert saved_template.fingerprint() == before
    (checkout / name).write_text("y")
    assert saved_template.fingerprint() != before


def test_migrations_read_nothing_that_the_fingerprint_does_not_cover() -> None:
    covered = {file for pattern in saved_template.SHAPING for file in ROOT.glob(pattern)}
    for migration in ROOT.glob("*/migrations/*.py"):
        for node in ast.walk(ast.parse(migration.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            for name in names:
                if name.split(".")[0] in APPS:
                    path = ROOT / name.replace(".", "/")
                    assert {path.with_suffix(".py"), path / "__init__.py"} & covered, f"{migration}: {name}"


def test_a_saved_template_comes_back_and_old_ones_go(checkout: Path) -> None:
    home = checkout / "run" / "postgres"
    home.mkdir(parents=True)
    assert not saved_template.restore(checkout / "back")
    for round_ in range(5):
        (checkout / "tenants" / "isolation.py").write_text(str(round_))
        (home / "passwords.json").write_text(str(round_))
        saved_template.save(home, saved_template.fingerprint())
    assert saved_template.restore(checkout / "back")
    assert (checkout / "back" / "passwords.json").read_text() == "4"
    assert len(list(saved_template.STORE.iterdir())) == 3


def test_a_template_made_while_the_files_changed_is_not_saved(checkout: Path) -> None:
    home = checkout / "run" / "postgres"
    home.mkdir(parents=True)
    saved_template.save(home, "what the files were before")
    assert not saved_template.restore(checkout / "back")
