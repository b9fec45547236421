"""Installs other people's programs that the tests talk to, or says which tests are skipped and why.

They are identity providers to sign in with, and a client that uploads. The certified npm provider goes to
``tests/oidc/node_modules``, the client to ``tests/tus/node_modules``, Canaille to an environment of its own below
``.venv``: its packages must not change what the application runs with. A second run takes a few milliseconds.
"""

import hashlib
import os
import shutil
import subprocess
import sys

from scripts.build_ui import ROOT, BuildError, ensure_packages, find_node

PACKAGE = ROOT / "tests" / "oidc"
TUS_PACKAGE = ROOT / "tests" / "tus"
REQUIREMENTS = PACKAGE / "requirements.txt"
CANAILLE = ROOT / ".venv" / "canaille"


def ensure_npm_provider() -> None:
    """Install what ``package-lock.json`` names; raises `BuildError`."""
    ensure_packages(find_node(), PACKAGE)


def ensure_tus_client() -> None:
    """Install the client whose uploads tests cut off; raises `BuildError`."""
    ensure_packages(find_node(), TUS_PACKAGE)


def wanted_stamp() -> str:
    """Changes when Canaille has to be installed anew."""
    return hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()


def ensure_canaille() -> None:
    """Make Canaille's environment; raises `BuildError` with pip's last words."""
    stamp = CANAILLE / ".installed-from"
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted_stamp():
        return
    shutil.rmtree(CANAILLE, ignore_errors=True)
    _run(sys.executable, "-m", "venv", str(CANAILLE))
    pip = (str(CANAILLE / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input")
    # Where there is no network, that shall be known soon.
    patience = ("--retries", "1", "--timeout", "10")
    _run(*pip, "install", "--quiet", *patience, "-r", str(REQUIREMENTS))
    stamp.write_text(wanted_stamp(), encoding="ascii")


def _run(*command: str) -> None:
    done = subprocess.run(
        command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
    )
    if done.returncode != 0:
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR")]
        raise BuildError((errors or lines[-1:] or ["it said nothing"])[0])


def main() -> int:
    """The exit code: 1 where a run without these tests would prove too little."""
    missing = False
    for name, ensure in (
        ("npm oidc-provider", ensure_npm_provider),
        ("npm tus-js-client", ensure_tus_client),
        ("Canaille", ensure_canaille),
    ):
        try:
            ensure()
        except (BuildError, OSError) as error:
            missing = True
            print(f"{name} can't be installed, so that tests that need it are skipped: {error}")
    return 1 if missing and os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main())
