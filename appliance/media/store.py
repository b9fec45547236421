"""Puts originals on the volume, gives them back, and takes them away.

An original is ``<uuid>/<filename>``; on its way in it is ``.incoming/<uuid>.part``. Every step starts from the
descriptor of a root that was verified for this step (``Volume.opened``) and goes down name by name without
following links, so nothing outside the true volume is ever touched.
"""

import errno
import os
import shutil
import stat
from collections.abc import AsyncIterable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from appliance.errors import EmptyFile, NotFound, OriginalStuck, OriginalUnreadable
from appliance.media.growing import Growing, Sum
from appliance.media.names import safe_filename
from appliance.media.part import INCOMING, Part, disk_error, open_folder, part_name
from appliance.media.threads import to_the_end
from appliance.media.volume import Volume
from appliance.records.assets import Original, Staged

#: How much is gathered before a thread is asked to write it, bytes.
WRITE_BYTES = 1024 * 1024

#: What opening a file gives when it is not there, or when a link stands in its place.
_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})

# O_NONBLOCK so that a pipe planted in a file's place doesn't hang whoever opens it.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

#: These concern one folder, and say nothing of the others on the volume.
_STUCK = frozenset({errno.EBUSY, errno.EPERM, errno.EACCES, errno.ENOTEMPTY})


class Store:
    """The originals on ``volume``. Methods that are not asynchronous block."""

    def __init__(self, volume: Volume, *, max_upload_bytes: int, free_space_floor_bytes: int) -> None:
        self.volume = volume
        self.max_upload_bytes = max_upload_bytes
        self.free_space_floor_bytes = free_space_floor_bytes

    async def stage(self, chunks: AsyncIterable[bytes]) -> Staged:
        """Take bytes in, complete and synced. On any error and on cancellation nothing of them is left.

        Raises:
            EmptyFile: there were none.
            FileTooLarge: there are more than ``max_upload_bytes``; reading stopped there.
            DiskFull: less than ``free_space_floor_bytes`` would be left.
            VolumeUnavailable: the volume is not there or not ours.
        """
        part = Part(
            self.volume,
            uuid4(),
            max_bytes=self.max_upload_bytes,
            free_space_floor_bytes=self.free_space_floor_bytes,
        )
        try:
            await to_the_end(part.open)
            buffer = bytearray()
            async for chunk in chunks:
                buffer += chunk
                if len(buffer) >= WRITE_BYTES:
                    await to_the_end(part.write, bytes(buffer))
                    buffer.clear()
            if buffer:
                await to_the_end(part.write, bytes(buffer))
            if part.bytes == 0:
                raise EmptyFile
            digest = await to_the_end(part.seal)
        except BaseException:
            await to_the_end(part.abandon)
            raise
        part.close()
        return self.staged(part.id, sha256=digest, size=part.bytes)

    def staged(self, asset_id: UUID, *, sha256: bytes, size: int) -> Staged:
        """What ``stage`` gave for these bytes, made again from what the database remembers; touches nothing."""
        return Staged(asset_id, self.volume.root / INCOMING / part_name(asset_id), sha256, size)

    async def commit(self, staged: Staged, filename: str) -> None:
        """Move staged bytes to their place, durably. Doing it again is fine.

        Raises:
            NotFound: there is neither a staged nor a placed file.
            VolumeUnavailable: the volume is not there or not ours; the staged file is as it was.
        """
        await to_the_end(self._commit, staged.id, _checked(filename))

    async def discard(self, staged: Staged) -> None:
        """Remove staged bytes; absent is fine."""
        await to_the_end(self.remove_part, staged.part)

    def open_part(self, staged: Staged) -> int:
        """A descriptor for reading staged bytes; the caller closes it.

        Raises:
            NotFound: they are not there.
            VolumeUnavailable: the volume is not there or not ours.
        """
        return self._open_in(INCOMING, part_name(staged.id))

    def open_fd(self, asset_id: UUID, filename: str) -> int:
        """A descriptor for reading an original; the caller closes it.

        Raises:
            NotFound: there is no such file on the volume.
            OriginalUnreadable: it is there, and the disk does not give it.
            VolumeUnavailable: the volume is not there or not ours.
        """
        return self._open_in(str(asset_id), _checked(filename))

    def present(self, originals: Iterable[Original]) -> frozenset[UUID]:
        """Which of these assets have their original on the volume, with all its bytes.

        Raises:
            VolumeUnavailable: the volume is not there or not ours.
        """
        with self.volume.opened() as root:
            try:
                return frozenset(
                    original.id
                    for original in originals
                    if _size(root, str(original.id), original.filename) == original.bytes
                )
            except OSError as error:
                raise disk_error(error) from error

    async def make_good(self, staged: Staged, filename: str, *, original: Original) -> bool:
        """Whether ``original`` was gone or cut short, and has these bytes now, which must be its own.

        The bytes may be staged, or placed already as ``filename``; where they were not needed they are as they were.

        Raises:
            VolumeUnavailable: the volume is not there or not ours.
            NotFound: they were needed, and there are none.
        """
        return await to_the_end(self._make_good, staged, _checked(filename), original)

    async def delete(self, asset_id: UUID) -> None:
        """Remove an asset's folder and what is in it, durably; absent is fine. Links are removed, not followed.

        Raises:
            OriginalStuck: this one can't be removed; others may be.
            VolumeUnavailable: the volume is not there or not ours, or failed; deleting may be done again.
        """
        await to_the_end(self._delete, asset_id)

    def list_ids(self) -> list[UUID]:
        """The ids that have a folder on the volume, in no order."""
        with self.volume.opened() as root, os.scandir(root) as entries:
            return [found for entry in entries if (found := _uuid(entry.name)) is not None]

    def growing(self, upload_id: UUID, *, known: Sum | None = None) -> Growing:
        """The part file of an upload that comes in pieces; touches nothing."""
        floor = self.free_space_floor_bytes
        return Growing(self.volume, upload_id, free_space_floor_bytes=floor, known=known)

    def part_sizes(self) -> tuple[int, dict[UUID, int]]:
        """Free bytes on the volume, and how large each part file is.

        Raises:
            VolumeUnavailable: the volume is not there or not ours.
        """
        with self.volume.opened() as root:
            try:
                space = os.fstatvfs(root)
                return space.f_bavail * space.f_frsize, _part_sizes(root)
            except OSError as error:
                raise disk_error(error) from error

    def part_size(self, upload_id: UUID) -> int | None:
        """How large a part file is; None where there is none.

        Raises:
            VolumeUnavailable: the volume is not there or not ours.
        """
        with self.volume.opened() as root:
            try:
                return _size(root, INCOMING, part_name(upload_id))
            except OSError as error:
                raise disk_error(error) from error

    def stale_parts(self, older_than: datetime) -> list[Path]:
        """Files in the incoming folder that were last written before ``older_than``."""
        stale: list[Path] = []
        with self.volume.opened() as root, suppress(FileNotFoundError):
            incoming = open_folder(root, INCOMING)
            try:
                with os.scandir(incoming) as entries:
                    for entry in entries:
                        if _written_before(entry, older_than):
                            stale.append(self.volume.root / INCOMING / entry.name)
            finally:
                os.close(incoming)
        return stale

    def remove_part(self, part: Path) -> None:
        """Remove one file of the incoming folder, by its last name only; absent is fine."""
        with self.volume.opened() as root, suppress(FileNotFoundError):
            incoming = open_folder(root, INCOMING)
            try:
                os.unlink(part.name, dir_fd=incoming)
            finally:
                os.close(incoming)

    def _commit(self, asset_id: UUID, filename: str) -> None:
        with self.volume.opened() as root:
            try:
                self._move(root, asset_id, filename)
            except FileNotFoundError:
                raise NotFound(f"the staged file {asset_id} is gone") from None
            except OSError as error:
                raise disk_error(error) from error

    def _move(self, root: int, asset_id: UUID, filename: str) -> None:
        folder_name, name = str(asset_id), part_name(asset_id)
        incoming = open_folder(root, INCOMING)
        try:
            if not _is_file(incoming, name):
                _require_placed(root, folder_name, filename)
                return
            folder = open_folder(root, folder_name, make=True)
            try:
                os.rename(name, filename, src_dir_fd=incoming, dst_dir_fd=folder)
                # The new entry first, then the one that is gone: a power cut leaves both rather than none.
                for fd in (folder, root, incoming):
                    os.fsync(fd)
            finally:
                os.close(folder)
        finally:
            os.close(incoming)

    def _make_good(self, staged: Staged, filename: str, original: Original) -> bool:
        if self.present([original]):
            return False
        with self.volume.opened() as root:
            try:
                for name, source in ((INCOMING, part_name(staged.id)), (str(staged.id), filename)):
                    if _size(root, name, source) == staged.bytes:
                        _replace(root, name, source, original)
                        return True
            except OSError as error:
                raise disk_error(error) from error
        raise NotFound(f"the staged file {staged.id} is gone")

    def _open_in(self, folder_name: str, name: str) -> int:
        with self.volume.opened() as root:
            try:
                folder = open_folder(root, folder_name)
                try:
                    fd = os.open(name, _READ, dir_fd=folder)
                finally:
                    os.close(folder)
            except OSError as error:
                if error.errno in _ABSENT:
                    raise NotFound(f"{folder_name}/{name} is not on the volume") from error
                raise OriginalUnreadable(f"{folder_name}/{name}: {error.strerror}") from error
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise NotFound(f"{folder_name}/{name} is not a file")
        return fd

    def _delete(self, asset_id: UUID) -> None:
        name = str(asset_id)
        with self.volume.opened() as root:
            try:
                while _remove(root, name):
                    pass
                os.fsync(root)
            except OSError as error:
                if error.errno in _STUCK:
                    raise OriginalStuck(f"{name} can't be removed: {error.strerror}") from error
                raise disk_error(error) from error


def _remove(root: int, name: str) -> bool:
    """Remove a folder or whatever else is there; whether to look again, as somebody else removes it too."""
    try:
        mode = os.stat(name, dir_fd=root, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return False
    with suppress(FileNotFoundError):
        if stat.S_ISDIR(mode):
            shutil.rmtree(name, dir_fd=root)
        else:
            os.unlink(name, dir_fd=root)
    return True


def _checked(filename: str) -> str:
    if safe_filename(filename) != filename:
        raise ValueError("the file name was not made safe")
    return filename


def _uuid(name: str) -> UUID | None:
    try:
        found = UUID(name)
    except ValueError:
        return None
    return found if str(found) == name else None


def _written_before(entry: "os.DirEntry[str]", moment: datetime) -> bool:
    try:
        written = entry.stat(follow_symlinks=False).st_mtime
    except FileNotFoundError:
        return False
    return datetime.fromtimestamp(written, UTC) < moment


def _is_file(folder: int, name: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False


def _size(root: int, folder_name: str, name: str) -> int | None:
    """How many bytes a file has; None where there is no such file."""
    try:
        folder = open_folder(root, folder_name)
    except FileNotFoundError:
        return None
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        return found.st_size if stat.S_ISREG(found.st_mode) else None
    except FileNotFoundError:
        return None
    finally:
        os.close(folder)


def _part_sizes(root: int) -> dict[UUID, int]:
    try:
        incoming = open_folder(root, INCOMING)
    except FileNotFoundError:
        return {}
    sizes: dict[UUID, int] = {}
    try:
        with os.scandir(incoming) as entries:
            for entry in entries:
                upload_id = _uuid(entry.name.removesuffix(".part"))
                with suppress(FileNotFoundError):
                    if upload_id is not None:
                        sizes[upload_id] = entry.stat(follow_symlinks=False).st_size
    finally:
        os.close(incoming)
    return sizes


def _replace(root: int, folder_name: str, name: str, original: Original) -> None:
    source = open_folder(root, folder_name)
    try:
        target = open_folder(root, str(original.id), make=True)
        try:
            os.rename(name, _checked(original.filename), src_dir_fd=source, dst_dir_fd=target)
            for fd in (target, root, source):
                os.fsync(fd)
        finally:
            os.close(target)
    finally:
        os.close(source)


def _require_placed(root: int, folder_name: str, filename: str) -> None:
    folder = open_folder(root, folder_name)
    try:
        if not _is_file(folder, filename):
            raise FileNotFoundError(filename)
    finally:
        os.close(folder)
