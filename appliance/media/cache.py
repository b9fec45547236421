"""Keeps renditions on the system disk. Whatever is missing here can be made again from the original.

All functions block; on the event loop they belong in a thread.
"""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

#: 240 and 480 are the height of pictures for grids, 1440 is the long edge of the one for viewing, pixels.
SIZES = (240, 480, 1440)

#: What each size is encoded as.
MIME_TYPES = {240: "image/webp", 480: "image/webp", 1440: "image/jpeg"}

#: Where renditions are written before they get their name.
_PARTS = ".parts"

#: A part that is older than this belongs to nobody any more, seconds.
_PART_SECONDS = 3600.0

_SUFFIXES = {"image/webp": "webp", "image/jpeg": "jpg"}


@dataclass(frozen=True, slots=True)
class RenditionCache:
    """The folder of renditions. It is made when it is first needed."""

    root: Path

    def path(self, asset_id: UUID, version: int, size: int) -> Path:
        """Where a rendition is, or would be.

        Raises:
            KeyError: there are no renditions of this size.
        """
        return self._folder(asset_id) / f"{version}-{size}.{_SUFFIXES[MIME_TYPES[size]]}"

    def read(self, asset_id: UUID, version: int, size: int) -> bytes | None:
        """The bytes of a rendition, or None if it has to be made."""
        try:
            # An empty file is what a power cut can leave of a rename.
            return self.path(asset_id, version, size).read_bytes() or None
        except FileNotFoundError:
            return None

    def write(self, asset_id: UUID, version: int, renditions: Mapping[int, bytes]) -> None:
        """Keep renditions by size. Readers see each one whole or not at all."""
        own, parts = self._folder(asset_id), self.root / _PARTS
        for folder in (self.root, parts, own.parent, own):
            folder.mkdir(mode=0o700, parents=folder is self.root, exist_ok=True)
        for size, data in renditions.items():
            target = self.path(asset_id, version, size)
            fd, part = tempfile.mkstemp(dir=parts)
            try:
                with os.fdopen(fd, "wb") as file:
                    file.write(data)
                Path(part).replace(target)
            except BaseException:
                Path(part).unlink(missing_ok=True)
                raise

    def delete(self, asset_id: UUID) -> None:
        """Remove all renditions of an asset, of all versions; absent ones are fine."""
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self._folder(asset_id))

    def drop_parts(self) -> int:
        """Of how many parts nobody is writing any more, as their process was killed; they are gone now."""
        dropped = 0
        for part in self.root.glob(f"{_PARTS}/*"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - part.stat().st_mtime > _PART_SECONDS:
                    part.unlink()
                    dropped += 1
        return dropped

    def list_ids(self) -> list[UUID]:
        """The assets that have a folder here, in no order; other names are passed over."""
        found: list[UUID] = []
        for folder in self.root.glob("[0-9a-f][0-9a-f]/*"):
            with contextlib.suppress(ValueError):
                asset_id = UUID(folder.name)
                if self._folder(asset_id) == folder:
                    found.append(asset_id)
        return found

    def _folder(self, asset_id: UUID) -> Path:
        # Two levels, so that no folder gets more than some thousands of entries.
        name = str(asset_id)
        return self.root / name[:2] / name
