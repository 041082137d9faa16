"""Makes .venv in this checkout from the lock file; `make setup` runs it.

It needs nothing but the standard library of Python 3.11 or newer. The stamp is written last and
holds what the virtualenv was made from, so a set-up that was broken off is simply done again.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import static

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / ".klaar"
OLDEST = (3, 11)
PYTHON = VENV / "bin" / "python"


class SetupProblem(Exception):
    """Something about this machine stops the set-up; the text is one Dutch sentence."""


def main() -> int:
    """Set up the virtualenv unless it is complete; return the exit code."""
    try:
        with_lock()
    except SetupProblem as problem:
        print(f"Opzet gestopt: {problem}", file=sys.stderr)
        return 3
    except OSError as problem:
        print(
            f"Opzet gestopt: {problem.filename or VENV} gaf “{problem.strerror}”;"
            " herstel dat en draai `make setup` opnieuw.",
            file=sys.stderr,
        )
        return 3
    return 0


def with_lock() -> None:
    """Let one set-up at a time work in this checkout; a second one waits and finds it done."""
    check_machine()
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        make_virtualenv()
        make_static()
        make_texts()
    finally:
        os.close(folder)


def check_machine() -> None:
    """Refuse a machine on which the set-up cannot work, each with its remedy."""
    if sys.version_info[:2] < OLDEST:
        message = "Python 3.11 of nieuwer is nodig; wijs het aan met make PYTHON=pad/naar/python3."
        raise SetupProblem(message)
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        message = (
            f"{sys.executable} mist de module venv; installeer haar"
            " (Debian en Ubuntu: `apt install python3-venv`) en draai `make setup` opnieuw."
        )
        raise SetupProblem(message)
    if not os.access(VENV if VENV.exists() else ROOT, os.W_OK):
        message = (
            f"geen schrijfrecht in {ROOT}; geef uzelf schrijfrecht"
            " of zet het project in een map van uzelf."
        )
        raise SetupProblem(message)


def make_virtualenv() -> None:
    """Bring .venv to what the lock file says, from nothing or from an older lock file."""
    wanted = "\n".join([str(ROOT), digest("requirements.lock"), digest("pyproject.toml"), ""])
    found = STAMP.read_text(encoding="utf-8") if STAMP.is_file() else ""
    complete_once = found.startswith(f"{ROOT}\n") and runs(PYTHON)
    if complete_once and found == wanted:
        return
    STAMP.unlink(missing_ok=True)
    if not complete_once:
        print(f"Opzet: virtuele omgeving in {VENV}", flush=True)
        call("maken van .venv mislukt", sys.executable, "-m", "venv", "--clear", str(VENV))
    print("Opzet: pakketten uit requirements.lock", flush=True)
    pip = (str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    network = "pakketten installeren mislukt (is het pakketregister bereikbaar?)"
    call(network, *pip, "--require-hashes", "--requirement", str(ROOT / "requirements.lock"))
    here = ("--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    call("het project zelf in .venv zetten mislukt", *pip, *here)
    STAMP.write_text(wanted, encoding="utf-8")


def make_static() -> None:
    """Bring the pages' style sheets and scripts to what package-lock.json says."""
    stamp = static.STATIC / ".klaar"
    sources = ("package.json", "package-lock.json", ".ci/static.py", "api/web/assets/ontschot.css")
    wanted = "\n".join(digest(name) for name in sources)
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    print("Opzet: stijl en scripts van de pagina's uit package-lock.json", flush=True)
    network = "npm-pakketten installeren mislukt (is het pakketregister bereikbaar?)"
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error")
    call(network, str(VENV / "bin" / "npm"), "ci", *quiet)
    packages = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    static.build(list(packages))
    stamp.write_text(wanted, encoding="utf-8")


def make_texts() -> None:
    """Compile the catalogues of the pages' texts that changed."""
    written = (ROOT / "api" / "web" / "texts").glob("*/LC_MESSAGES/*.po")
    if any(not _is_newer(each.with_suffix(".mo"), each) for each in written):
        call("catalogi maken mislukt", str(PYTHON), str(ROOT / ".ci" / "texts.py"))


def _is_newer(made: Path, source: Path) -> bool:
    return made.is_file() and made.stat().st_mtime >= source.stat().st_mtime


def digest(name: str) -> str:
    """Give the SHA-256 of a file of this checkout."""
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()


def runs(python: Path) -> bool:
    """Tell whether the virtualenv's Python still works; the system's may have been removed."""
    try:
        done = subprocess.run([python, "-c", "import pip"], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def call(failure: str, *command: str) -> None:
    """Run a step; its own output stays visible above our sentence.

    :raises SetupProblem: when the step fails.
    """
    environment = {**os.environ, "PIP_USER": "0"}
    if subprocess.run(command, check=False, env=environment, cwd=ROOT).returncode != 0:
        message = f"{failure}; zie de regels hierboven en draai daarna `make setup` opnieuw."
        raise SetupProblem(message)


if __name__ == "__main__":
    sys.exit(main())
