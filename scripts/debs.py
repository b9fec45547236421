"""Fetches Debian's packages for a target, with everything that they need, into a folder that apt can install from.

apt itself does it, with a state of its own in a temporary folder: nothing of this machine's is read but where its
mirror is, and nothing is changed. It needs a Debian of any release, but no root.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from scripts.targets import ARCHITECTURES, SYSTEMS, Target

_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


class Lacking(Exception):
    """What is missing, in one line."""


def fetch_debs(folder: Path, target: Target, packages: Sequence[str]) -> str:
    """Fill ``folder`` with the packages and an index of them, and give the name of the file that marks them.

    Raises:
        Lacking: this is not Debian, or its mirror does not have them.
    """
    if not target.system.startswith("debian") or not shutil.which("apt-get") or not _KEYRING.exists():
        raise Lacking("Debian's packages can be fetched only on Debian, and for Debian; leave out --debs")
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="scene-sense-apt-") as scratch:
        apt = _private_apt(Path(scratch), target)
        _run([*apt, "update"])
        _run([*apt, "--download-only", "--yes", "--no-install-recommends", "install", *packages])
        for deb in Path(scratch).glob("archives/*.deb"):
            # A colon, from a version with an epoch, is no character for every file system.
            shutil.move(deb, folder / deb.name.replace("%3a", "."))
    return _write_index(folder)


def _private_apt(root: Path, target: Target) -> list[str]:
    suite = SYSTEMS[target.system].suite
    for name in ("lists/partial", "archives/partial", "etc", "state"):
        (root / name).mkdir(parents=True)
    (root / "state" / "status").touch()
    main, security = _mirrors()
    lines = [f"deb [signed-by={_KEYRING}] {main} {name} main" for name in (suite, f"{suite}-updates")]
    lines.append(f"deb [signed-by={_KEYRING}] {security} {suite}-security main")
    (root / "etc" / "sources.list").write_text("\n".join(lines) + "\n", encoding="utf-8")
    options = {
        "Dir::State": root / "state",
        "Dir::State::Lists": root / "lists",
        "Dir::State::Status": root / "state" / "status",
        "Dir::Cache": root,
        "Dir::Cache::Archives": root / "archives",
        "Dir::Etc::SourceList": root / "etc" / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::Etc::Preferences": "/dev/null",
        "Dir::Etc::PreferencesParts": "/dev/null",
        "APT::Architecture": ARCHITECTURES[target.machine],
        "APT::Architectures": ARCHITECTURES[target.machine],
        "APT::Sandbox::User": "root" if os.geteuid() == 0 else "",
        "Acquire::Languages": "none",
    }
    return [
        "apt-get",
        "-qq",
        *(word for name, value in options.items() for word in ("-o", f"{name}={value}")),
    ]


def _mirrors() -> tuple[str, str]:
    """The addresses that this machine itself has for Debian, and for its security updates."""
    asked = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(CODENAME) $(REPO_URI)", "Created-By: Packages"],  # noqa: S607
        check=False,
        capture_output=True,
        text=True,
    )
    pairs = [line.split(maxsplit=1) for line in asked.stdout.splitlines() if line.count(" ")]
    own = [address for name, address in pairs if not name.endswith(("-security", "-updates", "-backports"))]
    security = [address for name, address in pairs if name.endswith("-security")]
    if not own:
        raise Lacking("apt knows no mirror here; run `apt-get update` first")
    return own[0], (security or own)[0]


def _write_index(folder: Path) -> str:
    """``Packages``, which apt reads, and a marker that changes with what is in it."""
    entries = []
    for deb in sorted(folder.glob("*.deb")):
        control = subprocess.run(
            ["dpkg-deb", "--field", str(deb)],  # noqa: S607
            check=True,
            capture_output=True,
            text=True,
        )
        digest = hashlib.sha256(deb.read_bytes()).hexdigest()
        entries.append(
            f"{control.stdout.rstrip()}\nFilename: ./{deb.name}\nSize: {deb.stat().st_size}\nSHA256: {digest}\n"
        )
    if not entries:
        raise Lacking("apt gave no packages")
    index = "\n".join(entries).encode()
    (folder / "Packages").write_bytes(index)
    marker = f"contents-{hashlib.sha256(index).hexdigest()[:10]}"
    (folder / marker).touch()
    return marker


def _run(command: list[str]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if line.startswith("E: ")]
        raise Lacking(f"apt can't fetch Debian's packages: {(errors or ['no word'])[-1]}")
