"""Run one command with a scratch PostgreSQL and Valkey, migrated, every setting made up.

    python -m config.servers.dev                                   # runserver
    python -m config.servers.dev -- manage.py shell
    python -m config.servers.dev --port 8010 --keep /tmp/mine -- manage.py runserver 127.0.0.1:{port}

`{port}` in the command becomes the port in PUBLIC_URL. Without --keep the data are gone when the
command ends. `OWNER_DATABASE_URL` in the command's environment connects as the role that migrates.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from config.env import ROOT
from config.servers import postgres, roles, valkey
from config.servers.environment import local_environment
from config.servers.process import ServerFailed, free_port

DATABASE = "cts"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m config.servers.dev", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("--port", type=int, default=0, help="port in PUBLIC_URL (default: a free one)")
    parser.add_argument("--keep", type=Path, help="keep the data in this directory")
    parser.add_argument("command", nargs="*", help="default: manage.py runserver 127.0.0.1:{port}")
    chosen = parser.parse_args(arguments)
    command = chosen.command or ["manage.py", "runserver", "127.0.0.1:{port}"]
    if chosen.keep:
        chosen.keep.mkdir(parents=True, exist_ok=True)
        return run(chosen.keep.absolute(), chosen.port or free_port(), command)
    with tempfile.TemporaryDirectory(prefix="cts-dev-") as home:
        return run(Path(home), chosen.port or free_port(), command)


def run(home: Path, port: int, command: list[str]) -> int:
    """Start both servers under `home`, migrate, run `command`, stop the servers; its exit code."""
    home.chmod(0o711)
    database = postgres.start(
        home / "postgres", log=home / "log" / "postgres.log", settings=postgres.FAST_AND_FORGETFUL
    )
    try:
        broker = valkey.start(home / "valkey", log=home / "log" / "valkey.log")
        try:
            roles.prepare(database.admin_url, DATABASE, database.passwords)
            settings = local_environment(
                home,
                f"http://127.0.0.1:{port}",
                database=database.url(roles.APP, DATABASE),
                owner=database.url(roles.OWNER, DATABASE),
                redis=broker.url(),
            )
            env = {**os.environ, **settings, "DEBUG": "1", "PORT": str(port), "CTS_ENV_FILE": ""}
            owner = {**env, "DATABASE_URL": env["OWNER_DATABASE_URL"]}
            done = subprocess.run(
                [sys.executable, "manage.py", "migrate", "-v", "0", "--skip-checks"],
                cwd=ROOT,
                env=owner,
                check=False,
            )
            if done.returncode:
                return done.returncode
            words = [word.replace("{port}", str(port)) for word in command]
            if words[0].endswith(".py") or words[0].startswith("-"):
                words = [sys.executable, *words]
            return subprocess.run(words, cwd=ROOT, env=env, check=False).returncode
        except KeyboardInterrupt:
            return 0
        finally:
            broker.stop()
    finally:
        database.stop()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ServerFailed as failed:
        sys.exit(str(failed))
