"""Finds the volume that the library's originals are on."""

import asyncio
import logging
from uuid import UUID

from appliance.db.engine import Database
from appliance.db.volumes import find_volume, record_volume
from appliance.errors import Conflict, SettingsError
from appliance.media.volume import Volume
from appliance.settings import Settings

log = logging.getLogger(__name__)


async def open_volume(db: Database, settings: Settings) -> Volume:
    """The volume at ``STORAGE_PATH``, which must carry the identity that the database remembers.

    It may be missing now, once the database knows it: everything but the originals works without it. At the
    very first start the program's own folder is made; a folder that was chosen must have been prepared.

    Raises:
        SettingsError: the database knows no volume yet and there is none at ``STORAGE_PATH``.
    """
    expected = await find_volume(db)
    if expected is None:
        found = await asyncio.to_thread(_first_identity, settings)
        expected = await record_volume(db, found)
        log.info("the library's volume is %s at %s", expected, settings.storage_path)
    volume = await asyncio.to_thread(Volume, settings.storage_path, expected)
    status = await asyncio.to_thread(volume.status)
    if status.state != "online":
        log.warning("the storage volume at %s is %s; writes are refused", volume.root, status.state)
    return volume


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
