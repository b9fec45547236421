"""Finds the volume that the library's originals are on."""

import asyncio
import logging
import os
from pathlib import Path
from uuid import UUID

from appliance.db.engine import Database
from appliance.db.volumes import find_volume, record_volume
from appliance.errors import Conflict, SettingsError
from appliance.media.volume import Volume
from appliance.settings import Settings

log = logging.getLogger(__name__)

#: What is said of a disk that has pictures while the database has none, and what can be done.
OTHER_LIBRARY = "already holds the pictures of another installation, of which this database knows nothing"
OTHER_LIBRARY_REMEDY = "restore that library's database, or use an empty disk or folder"


async def open_volume(db: Database, settings: Settings) -> Volume:
    """The volume at ``STORAGE_PATH``, which must carry the identity that the database remembers.

    It may be missing now, once the database knows it: everything but the originals works without it. At the
    very first start the program's own folder is made; a folder that was chosen must have been prepared.

    Raises:
        SettingsError: the database knows no volume yet, and there is none at ``STORAGE_PATH``, or that of another
            library.
    """
    expected = await find_volume(db)
    if expected is None:
        found = await asyncio.to_thread(_first_identity, settings)
        # Looked for again: a process that was first may have taken it, and pictures, since.
        if await asyncio.to_thread(holds_assets, settings.storage_path) and await find_volume(db) is None:
            raise SettingsError(f"{settings.storage_path} {OTHER_LIBRARY}; {OTHER_LIBRARY_REMEDY}")
        expected = await record_volume(db, found)
        log.info("the library's volume is %s at %s", expected, settings.storage_path)
    volume = await asyncio.to_thread(Volume, settings.storage_path, expected)
    status = await asyncio.to_thread(volume.status)
    if status.state != "online":
        log.warning("the storage volume at %s is %s; writes are refused", volume.root, status.state)
    return volume


def holds_assets(root: Path) -> bool:
    """Whether there are folders of assets in ``root``; blocking, and done with the first one.

    Raises:
        OSError: it can't be read.
    """
    with os.scandir(root) as entries:
        return any(_is_id(entry.name) and entry.is_dir(follow_symlinks=False) for entry in entries)


def _is_id(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


def _first_identity(settings: Settings) -> UUID:
    root = settings.storage_path
    identity = Volume.find_identity(root)
    if identity is None and settings.storage_is_default:
        try:
            return Volume.initialise(root)
        except Conflict:
            # Another process was first.
            identity = Volume.find_identity(root)
    if identity is None:
        raise SettingsError(
            f"{root} is not prepared for a library: is its disk mounted? To start one there, run "
            "`scene-sense storage init`"
        )
    return identity
