"""The root that every box starts from: a small Debian with systemd, SSH and Python, built once a week."""

import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.support.box.commands import CommandFailed, run
from tests.support.box.places import Lock, cache_folder, locked
from tests.support.box.requirements import KEYRING

SUITE = "trixie"

_PACKAGES = (
    "systemd",
    "systemd-sysv",
    "libpam-systemd",
    "dbus",
    "openssh-server",
    "python3",
    "python3-apt",
    "sudo",
    "ca-certificates",
    "iproute2",
    "procps",
    "curl",
)
#: What nobody reads in a test, but the licences.
_LEFT_OUT = (
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/locale/*",
    "path-exclude=/usr/share/doc/*",
    "path-include=/usr/share/doc/*/copyright",
)
_APT_TREES = ("Acquire::Check-Valid-Until", "Acquire::Check-Date", "Acquire::http", "Acquire::https")
_CERTIFICATES = Path("/usr/local/share/ca-certificates")

_BUILD_SECONDS = 1200.0

# SSH's keys are not in the base: two boxes are two machines.
_HOST_KEYS = """[Unit]
Description=SSH host keys of the test machine
Before=ssh.service ssh.socket
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key

[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key

[Install]
WantedBy=multi-user.target
"""


@dataclass(frozen=True, slots=True)
class Source:
    """Where this machine has its packages from, and how it gets there."""

    archive: str
    security: str
    options: tuple[str, ...]

    def lines(self) -> str:
        """The same for the suite of the base."""
        return "".join(
            f"deb {site} {suite} main\n"
            for site, suite in (
                (self.archive, SUITE),
                (self.archive, f"{SUITE}-updates"),
                (self.security, f"{SUITE}-security"),
            )
        )


def base_root() -> Path:
    """The base root of this week, built now if there is none yet."""
    cache = cache_folder()
    source = _source()
    root = cache / f"base-{SUITE}-{_key(source)}"
    with locked(cache / "base.lock", wait_seconds=_BUILD_SECONDS):
        if not root.exists():
            part = root.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            _build(part, source)
            _adapt(part)
            part.rename(root)
            _remove_others(root)
    return root


def lock_of(root: Path, *, shared: bool) -> Lock:
    """Shared by the boxes that stand on the root, so that nobody removes it."""
    return Lock(root.with_suffix(".lock"), shared=shared)


def _source() -> Source:
    release = re.search(r"^VERSION_CODENAME=\"?(\w+)", Path("/etc/os-release").read_text(), re.MULTILINE)
    codename = release[1] if release else SUITE
    archive = _site(codename)
    if archive is None:
        raise RuntimeError(f"apt has no package lists of {codename} here: run apt-get update first")
    options = [line.rstrip(";") for tree in _APT_TREES for line in _dump(tree)]
    return Source(archive, _site(f"{codename}-security") or archive, tuple(options))


def _site(codename: str) -> str | None:
    wanted = ["--format", "$(REPO_URI)", "Created-By: Packages", f"Codename: {codename}"]
    sites = run(["apt-get", "indextargets", *wanted], check=False).stdout.split()
    return min(sites, default=None)


def _dump(tree: str) -> Iterator[str]:
    for line in run(["apt-config", "dump", tree]).stdout.splitlines():
        # The heads of lists have no value.
        if not line.endswith('"";'):
            yield line


def _certificates() -> list[Path]:
    """Of this machine's own authorities, where TLS passes through one."""
    return sorted(_CERTIFICATES.glob("**/*.crt"))


def _key(source: Source) -> str:
    digest = hashlib.sha256(Path(__file__).read_bytes())
    digest.update(repr(source).encode())
    # Old enough to be worth keeping, new enough to have the security updates.
    digest.update(datetime.now(UTC).strftime("%G-%V").encode())
    for certificate in _certificates():
        digest.update(certificate.read_bytes())
    return digest.hexdigest()[:12]


def _build(root: Path, source: Source) -> None:
    options = [f"--aptopt={option}" for option in (*source.options, 'Acquire::Languages "none"')]
    options += [f"--dpkgopt={option}" for option in _LEFT_OUT]
    # In a mount namespace of its own, so that nothing stays mounted in the root when it is killed.
    command = [
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "mmdebstrap",
        "--mode=root",
        "--variant=minbase",
    ]
    try:
        run(
            [
                *command,
                f"--keyring={KEYRING}",
                f"--include={','.join(_PACKAGES)}",
                *options,
                SUITE,
                root,
                "-",
            ],
            input=source.lines(),
            timeout=_BUILD_SECONDS,
        )
    except CommandFailed:
        shutil.rmtree(root, ignore_errors=True)
        raise


def _adapt(root: Path) -> None:
    """What makes a test machine of it: this machine's authorities, and no identity."""
    certificates = _certificates()
    for certificate in certificates:
        shutil.copy(certificate, root / "usr/local/share/ca-certificates")
    if certificates:
        run(["chroot", root, "update-ca-certificates"])
    (root / "etc/apt/apt.conf.d/90keep").write_text('APT::Keep-Downloaded-Packages "true";\n')
    # There are no package lists yet; a folder of today would count as fresh ones.
    long_ago = time.mktime((2000, 1, 1, 0, 0, 0, 0, 0, 0))
    os.utime(root / "var/lib/apt/lists", (long_ago, long_ago))
    (root / "var/lib/apt/periodic/update-success-stamp").unlink(missing_ok=True)
    (root / "etc/machine-id").write_text("")
    for own in (*(root / "etc/ssh").glob("ssh_host_*"), root / "etc/hostname", root / "etc/resolv.conf"):
        own.unlink(missing_ok=True)
    unit = root / "etc/systemd/system/host-keys.service"
    unit.write_text(_HOST_KEYS)
    (unit.parent / "multi-user.target.wants" / unit.name).symlink_to(f"../{unit.name}")


def _remove_others(root: Path) -> None:
    """Bases of earlier weeks that no box stands on."""
    for other in root.parent.glob("base-*"):
        if other.is_dir() and other != root:
            lock = lock_of(other, shared=False)
            if lock.take():
                shutil.rmtree(other, ignore_errors=True)
                other.with_suffix(".lock").unlink(missing_ok=True)
                lock.drop()
