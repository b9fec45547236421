"""Where the embedded servers live, and as whom they run.

PostgreSQL refuses to run as root, so under root both servers run as an unprivileged user. That user must be
able to enter their folders and to read their programs. No mode of a folder that exists is ever changed for
this: what the user can't reach is put, or copied to, where it can.

    DATA_PATH/embedded/          or a link to a folder in /var/lib/scene-sense, when root's data folder is closed
        postgres/, valkey/       ours: configuration, log, lock, copied programs
            data/                the server's, 0700
            run/                 the server's, 0700: the Unix socket
"""

import hashlib
import os
import pwd
import re
import shutil
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import SettingsError

#: Where root's servers live when the unprivileged user can't enter the data folder.
SYSTEM_HOME = Path("/var/lib/scene-sense")

#: A Unix socket's path holds 107 bytes, and PostgreSQL adds a name of 14.
_SOCKET_FOLDER_BYTES = 88

#: Other characters mean something in a connection URL or in a list of socket folders.
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._+-]+")

#: Fixed, not from TMPDIR: every process has to come to the same path.
_SHORT = Path("/tmp")  # noqa: S108 - the folder is made 0700 and its owner is checked


@dataclass(frozen=True, slots=True)
class ServerUser:
    """As whom a server runs when this process is root."""

    uid: int
    gid: int
    name: str


def server_user(owned: Path) -> ServerUser | None:
    """The owner of ``owned`` if it exists, else a user that can do nothing else; None when this is not root."""
    if os.geteuid() != 0:
        return None
    entries = [_entry(lambda: pwd.getpwuid(owned.stat().st_uid))] if owned.exists() else []
    entries += [_entry(lambda: pwd.getpwnam("scene-sense")), _entry(lambda: pwd.getpwnam("nobody"))]
    for entry in entries:
        if entry is not None and entry.pw_uid != 0:
            return ServerUser(entry.pw_uid, entry.pw_gid, entry.pw_name)
    raise SettingsError(
        "The embedded database does not run as root and there is no user `nobody` to run it as; make one."
    )


def _entry(find: Callable[[], pwd.struct_passwd]) -> pwd.struct_passwd | None:
    try:
        return find()
    except KeyError:
        return None


def can_enter(user: ServerUser, folder: Path) -> bool:
    """Whether ``user`` can go through every folder down to and including ``folder``."""
    return all(_allows(user, part, stat.S_IXUSR) for part in [folder, *folder.parents])


def can_run(user: ServerUser, program: Path) -> bool:
    """Whether ``user`` can reach and execute ``program``."""
    return can_enter(user, program.parent) and _allows(user, program, stat.S_IXUSR | stat.S_IRUSR)


def _allows(user: ServerUser, path: Path, owner_bits: int) -> bool:
    status = path.stat()
    shift = 0 if status.st_uid == user.uid else 3 if status.st_gid == user.gid else 6
    return (status.st_mode & (owner_bits >> shift)) == owner_bits >> shift


def embedded_root(data_path: Path) -> Path:
    """The folder of the embedded servers, made if absent; under root a reachable one."""
    root = data_path / "embedded"
    make_folder(data_path)
    if not root.exists() and not root.is_symlink():
        user = server_user(root)
        if user is None or can_enter(user, data_path.resolve()):
            make_folder(root)
        else:
            _link_elsewhere(root)
    return root.resolve()


def _link_elsewhere(root: Path) -> None:
    make_folder(SYSTEM_HOME)
    elsewhere = Path(tempfile.mkdtemp(prefix="embedded-", dir=SYSTEM_HOME))
    elsewhere.chmod(0o711)
    try:
        root.symlink_to(elsewhere)
    except FileExistsError:  # another starter was first
        elsewhere.rmdir()


def make_folder(path: Path) -> None:
    """Our own folder: 0700, or under root 0711 so that the servers' user can pass; an existing one stays as it is."""
    # Folders above it that are missing are made the same way; the modes must not depend on the umask.
    if not path.parent.exists():
        make_folder(path.parent)
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        return
    path.chmod(0o711 if os.geteuid() == 0 else 0o700)


def make_private(path: Path, user: ServerUser | None) -> None:
    """The server's own folder, 0700.

    Raises:
        SettingsError: somebody else owns it, or it is open to others; in /tmp that may be an attack.
    """
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        if user is not None:
            os.chown(path, user.uid, user.gid)
    status = path.lstat()
    owner = user.uid if user else os.geteuid()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != owner or status.st_mode & 0o077:
        raise SettingsError(
            f"{path} must be a folder of user {owner} with mode 0700; remove it and start again."
        )


def socket_folder(home: Path, user: ServerUser | None) -> Path:
    """Where the server of ``home`` has its socket: inside, or in /tmp when that path would be too long or odd."""
    inside = home / "run"
    if len(os.fsencode(inside)) <= _SOCKET_FOLDER_BYTES and _PLAIN_PATH.fullmatch(str(inside)):
        return inside
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return _SHORT / f"scene-sense-{user.uid if user else os.geteuid()}-{digest}"


def copy_programs(source: Path, target: Path) -> Path:
    """A copy of the tree ``source`` at ``target`` that every user can read; made once, whole or not at all."""
    if target.exists():
        return target
    for folder in (target.parent.parent, target.parent):
        make_folder(folder)
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(source, part, symlinks=True)
    for inside, _, files in os.walk(part):
        Path(inside).chmod(0o755)
        for file in files:
            path = Path(inside, file)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
    part.rename(target)
    return target
