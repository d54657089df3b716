"""Where the servers live and as whom they run.

PostgreSQL refuses to run as root. As root the servers are started as `nobody`, who must be able
to walk to the binaries and to the data: a checkout under a 0700 directory such as /root is out of
nobody's reach, and then both live in a directory of their own under /var/tmp. Nothing above the
directories made here ever has its permissions changed.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
from pathlib import Path
from typing import Any

from config.servers.process import ServerFailed


def drop_rights() -> dict[str, Any]:
    """Arguments for `subprocess` that turn root into nobody; none for an ordinary user."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def within_reach(path: Path) -> bool:
    """Whether the servers' user can walk to `path` (always, unless we are root)."""
    if os.geteuid() != 0:
        return True
    path = path.resolve()
    return all(step.stat().st_mode & stat.S_IXOTH for step in (path, *path.parents) if step.exists())


def dwelling(wanted: Path) -> Path:
    """`wanted`, made if missing; or, out of the servers' reach, a directory for it under /var/tmp.

    The same `wanted` always gets the same directory, so that a later start finds its data.
    """
    if within_reach(wanted):
        wanted.mkdir(parents=True, exist_ok=True)
        if within_reach(wanted):
            return wanted
    name = hashlib.sha256(str(wanted.resolve()).encode()).hexdigest()[:16]
    place = Path("/var/tmp") / f"clear-to-send-{name}"  # noqa: S108 - its owner is checked below
    place.mkdir(mode=0o711, exist_ok=True)
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise ServerFailed(f"{place} belongs to somebody else. Remove it and start again.")
    place.chmod(0o711)
    return place


def give(path: Path) -> None:
    """Hand `path` to the servers' user, for them alone."""
    path.chmod(0o700 if path.is_dir() else 0o600)
    who = drop_rights()
    if who:
        os.chown(path, who["user"], who["group"])


def runnable(package: Path, program: str, folders: tuple[str, ...], place: Path, version: str) -> Path:
    """The directory from which `program` (a path below it) can be run by the servers' user.

    In place if it is within reach, else a copy of `folders` in `place`, made once for each `version`.
    """
    here = package / program
    if within_reach(here.parent) and (os.geteuid() != 0 or here.stat().st_mode & stat.S_IROTH):
        return package
    copy = place / f"programs-{folders[0]}-{version}"
    if not copy.exists():
        part = place / f"{copy.name}.{os.getpid()}"
        for folder in folders:
            if (package / folder).exists():
                shutil.copytree(package / folder, part / folder, symlinks=True)
        for step in (part, *part.rglob("*")):  # a strict umask may have made them ours alone
            if not step.is_symlink():
                step.chmod(0o755 if step.is_dir() or step.stat().st_mode & stat.S_IXUSR else 0o644)
        part.rename(copy)
    return copy
