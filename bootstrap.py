"""Makes .venv with exactly what requirements.lock names. Standard library only; run by make.

A second run does nothing: .venv/ready holds the lock's hash. Written so that even an old Python can
read it far enough to say which one is needed.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
READY = VENV / "ready"
PYTHON = VENV / "bin" / "python"


def main() -> None:
    if os.name == "nt":
        sys.exit("Windows has no Celery workers: run this in WSL2, or use docker compose.")
    if sys.version_info < (3, 11):
        newer_python()
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if works() and READY.exists() and READY.read_text().strip() == wanted:
        READY.touch()  # so that make does not ask again
        return
    count = sum(1 for line in LOCK.read_text().splitlines() if line[:1].isalnum())
    print("Installing {} packages into .venv (a minute or two, once)".format(count), flush=True)
    if not (with_uv() or with_pip()):
        sys.exit("The packages could not be installed; the reason stands above. Is this machine online?")
    READY.write_text(wanted + "\n")


def works() -> bool:
    """Whether .venv is there and its Python runs (it does not after the Python it was made from is gone)."""
    return PYTHON.exists() and subprocess.call([str(PYTHON), "-c", ""], stderr=subprocess.DEVNULL) == 0


def with_uv() -> bool:
    uv = shutil.which("uv")
    if not uv:
        return False
    if not works() and subprocess.call([uv, "venv", "-q", "--clear", "--python", sys.executable, str(VENV)]):
        return False
    return not subprocess.call(
        [uv, "pip", "install", "-q", "--python", str(PYTHON), "--require-hashes", "-r", str(LOCK)]
    )


def with_pip() -> bool:
    if not works():
        if importlib.util.find_spec("ensurepip") is None:
            sys.exit(
                "This Python cannot make virtual environments yet. On Debian and Ubuntu, as root:\n"
                "    apt-get install -y python{}.{}-venv".format(*sys.version_info[:2])
            )
        if subprocess.call([sys.executable, "-m", "venv", "--clear", str(VENV)]):
            return False
    pip = [str(PYTHON), "-m", "pip"]
    has_pip = not subprocess.call(pip + ["--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if not has_pip and subprocess.call([str(PYTHON), "-m", "ensurepip"], stdout=subprocess.DEVNULL):
        return False
    install = ["install", "-qq", "--disable-pip-version-check", "--require-hashes", "-r", str(LOCK)]
    return not subprocess.call(pip + install)


def newer_python() -> None:
    """Start again under a newer Python of this machine, or say that one is needed."""
    for name in ("python3.14", "python3.13", "python3.12", "python3.11"):
        found = shutil.which(name)
        if found:
            os.execv(found, [found, __file__])
    sys.exit("Python 3.11 or newer is needed; this is {}.{}.".format(*sys.version_info[:2]))


if __name__ == "__main__":
    main()
