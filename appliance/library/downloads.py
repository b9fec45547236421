"""Gives a selection as one ZIP archive, as a stream whose length is known before its first byte.

Pictures are stored as they are, in the folders that the viewer sees them in, and ``metadata.json`` says what is known
of each. What the viewer may not see any more is left out; an original that is gone from the volume is named in
``metadata.json`` instead. Should one fail while the archive is sent, the connection ends short of its length, so
that nobody takes the archive for whole.
"""

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePosixPath
from uuid import UUID

import zipstream

from appliance import clock
from appliance.db import downloads as rows
from appliance.db.engine import Database
from appliance.errors import NotFound, UsageError
from appliance.library.present import asset_body
from appliance.media.store import Store
from appliance.media.threads import to_the_end
from appliance.records.accounts import Viewer
from appliance.records.assets import Asset, Original
from appliance.records.downloads import Download
from appliance.records.search import Filter

#: Most assets of one archive.
MAX_FILES = 20_000

#: How long a selection may be fetched.
LIVES = timedelta(hours=6)

#: Read and sent at a time, bytes.
CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive that is ready to be sent once."""

    size: int
    _stream: zipstream.ZipStream

    async def chunks(self) -> AsyncGenerator[bytes]:
        """Its bytes, which are read as they are asked for.

        Raises:
            SceneSenseError, OSError, RuntimeError: an original is not what it was; what came so far is no archive.
        """
        pieces = _gathered(iter(self._stream))
        try:
            while piece := await to_the_end(next, pieces, b""):
                yield piece
        finally:
            # Also where nobody wants the rest: the original that is being read is let go of at once.
            pieces.close()


async def choose(
    db: Database, viewer: Viewer, *, ids: Sequence[UUID] | None, where: Filter | None, name: str
) -> tuple[Download, int, int]:
    """A selection of these assets, or of all that meets a filter, to be fetched for a while; its files and bytes.

    Raises:
        UsageError: neither or both are given, or they are too many.
        NotFound: the viewer may see none of them.
    """
    if (ids is None) == (where is None):
        raise UsageError("Give either `ids` or `filter`.")
    if where is not None:
        ids = await rows.ids_of_filter(db, viewer, where, most=MAX_FILES)
    wanted = tuple(dict.fromkeys(ids or ()))
    if len(wanted) > MAX_FILES:
        raise UsageError(f"An archive has at most {MAX_FILES:,} files.")
    seen, size = await rows.sum_chosen(db, viewer, wanted)
    if not seen:
        raise NotFound
    assets = [asset_id for asset_id in wanted if asset_id in seen]
    chosen = await rows.add_download(db, viewer.user_id, name=name, assets=assets, lives=LIVES)
    return chosen, len(assets), size


async def open_archive(
    db: Database, viewer: Viewer, download_id: UUID, *, store: Store
) -> tuple[Download, Archive]:
    """The archive of a selection as the viewer may see it now.

    Raises:
        NotFound: there is no such selection of this viewer's, it has expired, or nothing of it is left to see.
        VolumeUnavailable: the volume is away.
    """
    chosen = await rows.find_download(db, viewer.user_id, download_id)
    assets = await rows.list_chosen(db, viewer, chosen.assets) if chosen else ()
    if chosen is None or not assets:
        raise NotFound
    originals = [Original(asset.id, asset.filename, asset.bytes) for asset in assets]
    present = await asyncio.to_thread(store.present, originals)
    return chosen, await asyncio.to_thread(_packed, assets, present, store)


def _packed(assets: Sequence[Asset], present: frozenset[UUID], store: Store) -> Archive:
    names = _names([asset for asset in assets if asset.id in present])
    stream = zipstream.ZipStream(sized=True)
    for asset in assets:
        if asset.id in present:
            stream.add(_bytes_of(asset, store), names[asset.id], size=asset.bytes)
    stream.add(_metadata(assets, names), "metadata.json")
    return Archive(len(stream), stream)


def _names(assets: Sequence[Asset]) -> dict[UUID, str]:
    """A path for each, none twice also where upper and lower case are the same."""
    taken = {"metadata.json"}
    names = {}
    for asset in assets:
        path = PurePosixPath(asset.folder or "", asset.filename)
        wanted, number = str(path), 1
        while wanted.casefold() in taken:
            number += 1
            wanted = str(path.with_name(f"{path.stem} ({number}){path.suffix}"))
        taken.add(wanted.casefold())
        names[asset.id] = wanted
    return names


def _metadata(assets: Sequence[Asset], names: dict[UUID, str]) -> bytes:
    body = {
        "made_at": clock.now(),
        "assets": [{"file": names.get(asset.id), **asset_body(asset)} for asset in assets],
        "missing": [asset.id for asset in assets if asset.id not in names],
    }
    return json.dumps(body, default=_as_text, ensure_ascii=False, indent=1).encode("utf-8")


def _as_text(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _gathered(pieces: Iterator[bytes]) -> Generator[bytes]:
    """The same bytes in pieces of some size: of small files many at a time."""
    gathered = bytearray()
    for piece in pieces:
        if len(piece) >= CHUNK_BYTES and not gathered:
            yield piece
            continue
        gathered += piece
        if len(gathered) >= CHUNK_BYTES:
            yield bytes(gathered)
            gathered.clear()
    yield bytes(gathered)


def _bytes_of(asset: Asset, store: Store) -> Iterator[bytes]:
    fd = store.open_fd(asset.id, asset.filename)
    try:
        while chunk := os.read(fd, CHUNK_BYTES):
            yield chunk
    finally:
        os.close(fd)
