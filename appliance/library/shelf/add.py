"""Adds a model from a folder, an archive, an address or the catalogue: all of it, tried, or nothing.

1. The shelf is taken for oneself, and a name that is taken is refused before anything is fetched.
2. The files come into a folder of their own on the same disk: copied, unpacked, or downloaded with what an earlier
   call had brought. Room is looked at before, and again while they come.
3. Both encoders are loaded and encode something; a model that can't is not kept.
4. A note with where it came from and each file's sha256 is put beside them; then everything is synced and renamed.

Nothing but this use case, and only when an owner calls it, ever opens a connection for a model.
"""

import hashlib
import os
import shutil
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from appliance.clip.identity import PROVENANCE, file_digests, identity
from appliance.clock import now
from appliance.errors import Conflict, DamagedFile, SceneSenseError, UsageError
from appliance.library.shelf import archives
from appliance.library.shelf.download import Fetcher, Version
from appliance.library.shelf.places import (
    Room,
    check_name,
    disk_errors,
    folder_bytes,
    locked,
    part_folder,
    publish,
    staging,
    take_away,
)
from appliance.library.shelf.provenance import read_provenance, write_provenance
from appliance.library.shelf.sources import ARCHIVE, Source
from appliance.library.shelf.trial import try_model
from appliance.records.shelf import Added, Delivery, Provenance, Tried
from appliance.settings import Settings

#: Copies of the weights for accelerators that this program does not drive.
_NOT_COPIED = frozenset({".armnn", ".rknn"})
_CHUNK_BYTES = 4 * 1024 * 1024


class Watcher(Protocol):
    """Who is told how an add goes on."""

    def agrees(self, delivery: Delivery) -> bool:
        """Whether all this may be fetched."""

    def begin(self, what: str, total_bytes: int | None) -> None:
        """A step that handles so many bytes begins."""

    def advance(self, count: int) -> None:
        """So many bytes of it are done."""


@dataclass(frozen=True, slots=True)
class _Work:
    name: str
    source: Source
    settings: Settings
    watcher: Watcher
    room: Room

    @property
    def target(self) -> Path:
        return self.settings.models_path / self.name


def add(source: Source, settings: Settings, *, watcher: Watcher, name: str | None = None) -> Added:
    """The model, which is on the shelf now, or was there already and is the same. Blocks; not for a running loop.

    Raises:
        UsageError: the name or the source can't be used, or the owner did not agree.
        Conflict: there is another model of this name.
        Busy: another call is changing the shelf.
        DiskFull: there is no room for it.
        DamagedFile: a sha256 is not the one that was published or given.
        UnsupportedFile: the archive has something in it that no model has.
        NotFound, Unavailable: it can't be fetched; what came of a download is kept for the next call.
        ModelUnavailable: it can't be loaded; says what is wrong with it.
    """
    name = check_name(name or source.name)
    path = settings.models_path
    with locked(path):
        work = _Work(name, source, settings, watcher, Room(path, settings.free_space_floor_bytes))
        if work.target.exists() and (same := _already_there(work)):
            return same
        if source.items:
            return _add_download(work)
        archive_sha256 = _archive_sha256(work)
        with staging(path, name) as folder:
            return _finish(work, _bring(work, folder), archive_sha256=archive_sha256)


def _bring(work: _Work, folder: Path) -> Path:
    """The files of a local source, below ``folder``."""
    source = work.source
    if source.folder is not None:
        _copy(work, source.folder, folder)
        return folder
    assert source.archive is not None  # noqa: S101 - said to the type checker
    return _unpack(work, source.archive, folder)


def _unpack(work: _Work, archive: Path, folder: Path) -> Path:
    begin = partial(work.watcher.begin, "unpacking")
    return archives.unpack(archive, folder, room=work.room, begin=begin, advance=work.watcher.advance)


def _archive_sha256(work: _Work) -> str:
    archive = work.source.archive
    if archive is None:
        return ""
    with archive.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if work.source.sha256 not in {"", sha256}:
        raise DamagedFile(
            f"{archive} is not the file that is meant: its sha256 is {sha256}. Nothing of it was kept."
        )
    return sha256


def _copy(work: _Work, source: Path, folder: Path) -> None:
    paths = list(_files(source))
    total = sum(path.stat().st_size for path in paths)
    work.room.check(total)
    work.watcher.begin("copying", total)
    for path in paths:
        target = folder / path.relative_to(source)
        with disk_errors(folder):
            target.parent.mkdir(parents=True, exist_ok=True)
            with path.open("rb") as content, target.open("xb") as file:
                while chunk := content.read(_CHUNK_BYTES):
                    work.room.take(len(chunk))
                    file.write(chunk)
                    work.watcher.advance(len(chunk))


def _files(source: Path) -> list[Path]:
    """What is worth copying; a link to a file counts as the file, since download tools keep models that way."""
    found = []
    inside = (source.resolve(), *_blobs(source.resolve()))
    for place, folders, names in os.walk(source):
        folders[:] = sorted(folder for folder in folders if not folder.startswith("."))
        odd = [name for name in folders if Path(place, name).is_symlink()]
        paths = [Path(place, name) for name in sorted(names) if not name.startswith(".")]
        odd += [path.name for path in paths if not path.is_file()]
        if odd:
            raise UsageError(
                f"{place}/{odd[0]} is no file and no folder of its own, so {source} is not copied."
            )
        for path in paths:
            if path.is_symlink() and not any(path.resolve().is_relative_to(root) for root in inside):
                raise UsageError(
                    f"{path} is a link that leads out of {source}, so that is not copied. Put the file itself there."
                )
        found += [
            path for path in paths if path.suffix.lower() not in _NOT_COPIED and path.name != PROVENANCE
        ]
    return found


def _blobs(source: Path) -> list[Path]:
    """Where a cache of the hub keeps the files of ``<model>/snapshots/<revision>``."""
    snapshots = [path for path in (source, *source.parents) if path.parent.name == "snapshots"]
    return [path.parent.parent / "blobs" for path in snapshots[:1]]


def _add_download(work: _Work) -> Added:
    part = part_folder(work.settings.models_path, work.name)
    with ExitStack() as stack:
        fetcher = Fetcher(part, room=work.room, advance=work.watcher.advance)
        stack.callback(fetcher.close)
        versions = [fetcher.look(item) for item in work.source.items]
        delivery = _delivery(work, fetcher, versions)
        if not work.watcher.agrees(delivery):
            raise UsageError("Nothing was fetched; say --yes to agree beforehand.")
        if (total := delivery.total_bytes) is not None:
            work.room.check(total - delivery.here_bytes)
        work.watcher.begin("fetching", delivery.total_bytes)
        part.mkdir(exist_ok=True)
        try:
            digests = [
                fetcher.fetch(item, version)
                for item, version in zip(work.source.items, versions, strict=True)
            ]
            if not work.source.packed:
                return _finish(work, part / "files", leftover=part)
            folder = stack.enter_context(staging(work.settings.models_path, work.name))
            root = _unpack(work, part / "files" / ARCHIVE, folder)
            return _finish(work, root, leftover=part, archive_sha256=digests[0])
        except SceneSenseError as error:
            if not _worth_keeping(error):
                take_away(part)
            raise


def _worth_keeping(error: SceneSenseError) -> bool:
    """Whether what has come may be of use to the next call: the disk or the network was at fault, not the files."""
    return error.code in {"disk_full", "unavailable"}


def _delivery(work: _Work, fetcher: Fetcher, versions: list[Version]) -> Delivery:
    pairs = list(zip(work.source.items, versions, strict=True))
    preset = work.source.preset
    return Delivery(
        name=work.name,
        files=tuple((f"{work.source.said}/{item.name}" if preset else work.source.said, version.total_bytes)
                    for item, version in pairs),
        here_bytes=sum(fetcher.here_bytes(item, version) for item, version in pairs),
        licence=preset.licence if preset else "",
    )  # fmt: skip


def _finish(work: _Work, root: Path, *, leftover: Path | None = None, archive_sha256: str = "") -> Added:
    """Try the model in ``root``, note where it is from, and give it its name."""
    tried = _with_catalogue(work, try_model(work.name, root, work.settings))
    if work.target.exists():
        if identity(work.target) != tried.identity:
            raise _taken(work)
        return _added(work, tried, already_there=True)
    with disk_errors(root):
        write_provenance(root, _provenance(work, root, tried, archive_sha256))
    publish(root, work.target)
    if leftover is not None:
        shutil.rmtree(leftover, ignore_errors=True)
    return _added(work, tried)


def _with_catalogue(work: _Work, tried: Tried) -> Tried:
    """The folder's own word on languages and licence first, then the catalogue's."""
    preset = work.source.preset
    if preset is None:
        return tried
    languages, licence = tried.languages or preset.languages, tried.licence or preset.licence
    return replace(tried, languages=languages, licence=licence)


def _provenance(work: _Work, root: Path, tried: Tried, archive_sha256: str) -> Provenance:
    return Provenance(
        source=work.source.said,
        added_at=now(),
        identity=tried.identity,
        dimension=tried.dimension,
        precision=tried.precision,
        languages=tried.languages,
        licence=tried.licence,
        files=file_digests(root),
        archive_sha256=archive_sha256,
    )


def _already_there(work: _Work) -> Added | None:
    """The model of this name when it surely is what is asked for; None when that is seen only by its files.

    Raises:
        Conflict: it would have to be fetched to see it.
    """
    if not work.source.items:
        return None
    note = read_provenance(work.target)
    pinned = work.source.sha256
    if note is None or note.source != work.source.said or pinned not in {"", note.archive_sha256}:
        raise _taken(work)
    if note.identity != identity(work.target):
        raise Conflict(
            f"There is a model {work.name}, and its files have changed since it was added; see"
            f" `scene-sense model verify {work.name}`, and remove it before adding it again."
        )
    tried = Tried(note.identity, note.dimension, note.precision, "", note.languages, note.licence)
    return _added(work, tried, already_there=True)


def _taken(work: _Work) -> Conflict:
    return Conflict(
        f"There is another model {work.name} in {work.settings.models_path}; give this one another --name, or remove"
        f" that one with `scene-sense model remove {work.name}`."
    )


def _added(work: _Work, tried: Tried, *, already_there: bool = False) -> Added:
    return Added(
        name=work.name,
        path=str(work.target),
        identity=tried.identity,
        dimension=tried.dimension,
        precision=tried.precision,
        provider=tried.provider,
        languages=tried.languages,
        licence=tried.licence,
        bytes=folder_bytes(work.target),
        already_there=already_there,
    )
