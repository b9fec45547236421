"""The volume of the originals: whether it is there, is this library's, and can be written."""

import os
from pathlib import Path
from uuid import UUID

from appliance.db.volumes import find_volume
from appliance.library.checks.common import (
    SERVICE_USER,
    Subject,
    aside,
    failure,
    ok,
    skipped,
    warning,
)
from appliance.library.checks.folders import entries, nearest, write_problem
from appliance.library.checks.mounts import find_mount
from appliance.library.quantities import bytes_text
from appliance.library.volume import OTHER_LIBRARY, OTHER_LIBRARY_REMEDY, holds_assets
from appliance.media.part import INCOMING
from appliance.media.volume import IDENTITY_FILE, Volume
from appliance.records.doctor import Finding, Level
from appliance.settings import Settings

#: Without owners and rights, or without the order in which files and their names are made durable.
_UNFIT = {
    "vfat": "FAT",
    "msdos": "FAT",
    "exfat": "exFAT",
    "ntfs": "NTFS",
    "ntfs3": "NTFS",
    "fuseblk": "NTFS or exFAT, by a driver outside the kernel",
}
_FORGETFUL = frozenset({"tmpfs", "ramfs"})

#: Where the services keep the originals, and the unit that mounts it.
SERVICE_STORAGE = Path("/srv/scene-sense")
MOUNT_UNIT = r"srv-scene\x2dsense.mount"

_OWNER = f"As root: chown {SERVICE_USER}:{SERVICE_USER} {{0}} && chmod 0750 {{0}} (or the user that you run it as)."

_GONE = (
    "dmesg | tail says what became of its disk; unmount it (umount -l), then plug it in and mount it again."
)

#: What the first version did here, whose users know it by its symptom.
_FIRST_VERSION = (
    "Where a disk is not mounted, a plain folder of the system's disk is in its place; the first version wrote there "
    "(files in the wrong directory)."
)


async def look(subject: Subject) -> tuple[Finding, ...]:
    """What is at STORAGE_PATH, and what it can take."""
    settings = subject.settings
    expected = await find_volume(subject.tables) if subject.tables else None
    is_known = subject.tables is not None or subject.is_new
    return tuple(await aside(lambda: examine(settings, expected, is_known=is_known)))


def examine(settings: Settings, expected: UUID | None, *, is_known: bool) -> list[Finding]:
    """What is at STORAGE_PATH, where the database knows this identity; None: it knows none. Blocking."""
    root = settings.storage_path
    try:
        with os.scandir(root):
            pass
    except (FileNotFoundError, NotADirectoryError):
        return [_absent(settings, expected, is_known=is_known)]
    except PermissionError:
        return [failure("volume", f"{root} can't be read by this user.", _OWNER.format(root))]
    except OSError as error:
        # What a mount point says whose disk was pulled, or whose server is gone.
        return [failure("volume", f"{root} can't be read: {error.strerror}.", _GONE)]
    identity = _identity(settings, expected, is_known=is_known)
    if identity.level is Level.FAILURE:
        # What else is so of a folder that is not the library's would only lead astray.
        return [identity, *_mount(settings)]
    return [
        identity,
        _writable(root),
        _space(settings),
        *entries("volume.space", root),
        *_mount(settings),
    ]


def _absent(settings: Settings, expected: UUID | None, *, is_known: bool) -> Finding:
    root = settings.storage_path
    if settings.storage_is_default and not is_known:
        return skipped("volume", f"There is no folder {root}; only the database knows whether there must be.")
    if expected is None and settings.storage_is_default:
        problem = write_problem(nearest(root))
        if problem is None:
            return ok("volume", f"{root} is made by the first start.")
        return failure("volume", f"{root} can't be made: {problem}.", "Set STORAGE_PATH to another folder.")
    return failure("volume", f"There is no folder {root}.", _missing_remedy(root, expected))


def _missing_remedy(root: Path, expected: UUID | None) -> str:
    mount = "Plug in its disk and mount it there"
    if root == SERVICE_STORAGE:
        mount += f" (systemctl start '{MOUNT_UNIT}')"
    if expected is None:
        return f"{mount}; for a new library, then: scene-sense storage init"
    return f"{mount}, or correct STORAGE_PATH."


def _identity(settings: Settings, expected: UUID | None, *, is_known: bool) -> Finding:
    root = settings.storage_path
    found = Volume.find_identity(root)
    if not is_known:
        what = f"carries the identity {found}" if found else f"carries no {IDENTITY_FILE}"
        return skipped("volume", f"{root} {what}; only the database knows which one it must be.")
    if found is None:
        return _unmarked(settings, expected)
    if expected is None:
        if holds_assets(root):
            advice = OTHER_LIBRARY_REMEDY
            return failure("volume", f"{root} {OTHER_LIBRARY}.", f"{advice[:1].upper()}{advice[1:]}.")
        return ok("volume", f"{root} is prepared for a new library ({found}).")
    if found != expected:
        return failure(
            "volume",
            f"{root} belongs to another library: it is {found}, and this library's is {expected}. Nothing is "
            "written to it.",
            "Mount this library's own disk there, or restore the database that belongs to this disk.",
        )
    return ok("volume", f"{root} is this library's ({found}).")


def _unmarked(settings: Settings, expected: UUID | None) -> Finding:
    root = settings.storage_path
    marker = root / IDENTITY_FILE
    if os.path.lexists(marker):
        text = f"{marker} is there, and can't be read by this user, or holds no identity."
        return failure(
            "volume", text, f"As root: chown -R {SERVICE_USER}:{SERVICE_USER} {root}; or restore the file."
        )
    if expected is not None:
        text = f"{root} carries no {IDENTITY_FILE}: it is not this library's disk. {_FIRST_VERSION}"
        return failure("volume", text, _missing_remedy(root, expected))
    if settings.storage_is_default:
        return ok("volume", f"{root} is made by the first start.")
    return failure("volume", f"{root} is not prepared for a library.", _missing_remedy(root, None))


def _writable(root: Path) -> Finding:
    for folder in (root, root / INCOMING):
        problem = write_problem(folder) if folder == root or folder.exists() else None
        if problem is not None:
            return _unwritable(folder, problem)
    return ok("volume.writable", "This user can write to it.")


def _unwritable(folder: Path, problem: str) -> Finding:
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        return failure(
            "volume.writable",
            f"{problem}.",
            "Its file system is read-only, as Linux makes one whose disk fails: dmesg | tail; unmount it and check "
            "it with fsck.",
        )
    return failure("volume.writable", f"{problem}.", _OWNER.format(folder))


def _space(settings: Settings) -> Finding:
    space = os.statvfs(settings.storage_path)
    free, floor = space.f_bavail * space.f_frsize, settings.free_space_floor_bytes
    text = f"{bytes_text(free)} free of {bytes_text(space.f_blocks * space.f_frsize)}"
    remedy = "Make room, or move the library to a larger disk: copy everything, the hidden file as well."
    if free < floor:
        return failure("volume.space", f"Only {text}; uploads stop below {bytes_text(floor)}.", remedy)
    if free < 2 * floor:
        return warning("volume.space", f"Only {text}; uploads stop below {bytes_text(floor)}.", remedy)
    return ok("volume.space", f"{text}.")


def _mount(settings: Settings) -> list[Finding]:
    root = settings.storage_path.resolve()
    mount = find_mount(root)
    if mount is None:
        return [skipped("volume.mount", "The kernel's list of file systems can't be read.")]
    name = _UNFIT.get(mount.kind)
    if name is not None:
        remedy = "Copy the library to a disk with ext4, XFS or Btrfs."
        kind = warning(
            "volume.file-system",
            f"{name} keeps neither owners nor a safe order of writes; files may be lost.",
            remedy,
        )
    elif mount.kind in _FORGETFUL:
        kind = warning(
            "volume.file-system",
            f"{mount.kind} is kept in memory, and is empty after a restart.",
            "Use a disk.",
        )
    else:
        kind = ok("volume.file-system", f"{mount.kind} on {mount.source}.")
    if mount.point == root:
        where = ok("volume.mount", f"{root} is a mount point.")
    elif mount.point != Path("/") or settings.storage_is_default:
        where = ok("volume.mount", f"{root} is on the disk that is mounted at {mount.point}.")
    else:
        where = warning(
            "volume.mount",
            f"{root} is on the system's disk. {_FIRST_VERSION}",
            "Mount the disk of the originals there; if the system's disk is meant, there is nothing to do.",
        )
    return [where, kind]
