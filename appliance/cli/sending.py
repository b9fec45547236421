"""Sends files to a library: those that it does not have, several at a time, each one once.

Files go in batches. While one is sent the next is read through for its sums, and the library is asked which of
them it has; their bytes are not sent. Of equal files in a batch one is sent. An import that was cut off is taken
up by running it again.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from appliance.cli.collect import Found
from appliance.cli.files import sha256_of
from appliance.cli.library import File, Library, Wish
from appliance.cli.outcome import Outcome, Status, refused
from appliance.cli.views import KnownView
from appliance.errors import (
    Forbidden,
    QuotaExceeded,
    SceneSenseError,
    SettingsError,
    TooManyAttempts,
    Unauthenticated,
    Unavailable,
)
from appliance.library.naming import folder_path

#: Files that the library is asked about at a time.
BATCH = 100

#: What is no fault of one file; the rest would only run into it as well.
_ENDS_IT = (Forbidden, SettingsError, TooManyAttempts, Unauthenticated, Unavailable)

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Plan:
    """How files are to be sent. ``jobs`` is how many at a time."""

    wish: Wish
    #: Whether the folders between what was asked for and a file are made in the library, below the wish's.
    keep_folders: bool
    dry_run: bool
    jobs: int


@dataclass(frozen=True, slots=True)
class _Ready:
    """A file that was read, and what it is to get."""

    file: File
    wish: Wish


async def send(
    found: Sequence[Found], library: Library, plan: Plan, *, tell: Callable[[Outcome], None]
) -> None:
    """Return when every file had its outcome told.

    Raises:
        SceneSenseError: something that is no fault of one file; what was told until then holds.
    """
    sender = _Sender(library, plan, tell)
    batches = [found[start : start + BATCH] for start in range(0, len(found), BATCH)]
    ahead: asyncio.Task[list[_Ready]] | None = None
    try:
        for index, batch in enumerate(batches):
            ready = await (ahead or sender.read(batch))
            following = batches[index + 1 : index + 2]
            ahead = asyncio.create_task(sender.read(following[0])) if following else None
            await sender.settle(ready)
    finally:
        if ahead is not None:
            ahead.cancel()
            await asyncio.wait([ahead])


class _Sender:
    def __init__(self, library: Library, plan: Plan, tell: Callable[[Outcome], None]) -> None:
        self._library = library
        self._plan = plan
        self._tell = tell

    async def read(self, batch: Sequence[Found]) -> list[_Ready]:
        """The files with their sums; those that can't be read have been told of."""
        return [ready for ready in await _each(batch, self._read, self._plan.jobs) if ready is not None]

    async def settle(self, batch: Sequence[_Ready]) -> None:
        """Tell the outcome of each."""
        if not batch:
            return
        known = await self._library.check([ready.file for ready in batch])
        states = {ready.file.sha256: view for ready, view in zip(batch, known, strict=True)}
        alike: dict[bytes, list[_Ready]] = {}
        for ready in batch:
            alike.setdefault(ready.file.sha256, []).append(ready)

        async def settle_alike(same: list[_Ready]) -> None:
            first = await self._outcome(same[0], states[same[0].file.sha256])
            self._tell(first)
            for other in same[1:]:
                self._tell(_like(first, other))

        await _each(list(alike.values()), settle_alike, self._plan.jobs)

    async def _read(self, found: Found) -> _Ready | None:
        if found.problem is not None:
            self._tell(Outcome(found.path, Status.FAILED, reason=found.problem))
            return None
        try:
            wish = self._wish(found)
            sha256, size = await sha256_of(found.path)
        except (SceneSenseError, OSError) as error:
            self._tell(refused(found.path, error))
            return None
        # Here a backslash is a sign like others; to a library it would part a folder from a name.
        name = os.fsencode(found.path.name).decode("utf-8", "replace").replace("\\", "_")
        return _Ready(File(found.path, name=name, sha256=sha256, bytes=size), wish)

    def _wish(self, found: Found) -> Wish:
        wish = self._plan.wish
        if not self._plan.keep_folders or not found.below:
            return wish
        names = [os.fsencode(name).decode("utf-8", "replace") for name in found.below]
        above = [wish.folder] if wish.folder else []
        return replace(wish, folder=folder_path("/".join([*above, *names])))

    async def _outcome(self, ready: _Ready, known: KnownView) -> Outcome:
        file, folder, dry_run = ready.file, ready.wish.folder, self._plan.dry_run
        if known.state == "known":
            status = Status.KNOWN if dry_run else Status.DUPLICATE
            return Outcome(file.path, status, id=known.id, bytes=file.bytes)
        if known.state == "no_room":
            return refused(file.path, QuotaExceeded(), folder=folder, size=file.bytes)
        if dry_run:
            status = Status.TRASHED if known.state == "trashed" else Status.NEW
            return Outcome(file.path, status, id=known.id, folder=folder, bytes=file.bytes)
        try:
            added = await self._library.add(file, ready.wish)
        except _ENDS_IT:
            raise
        except (SceneSenseError, OSError) as error:
            return refused(file.path, error, folder=folder, size=file.bytes)
        asset = added.asset
        return Outcome(file.path, Status(added.status), id=asset.id, folder=asset.folder, bytes=file.bytes)


def _like(first: Outcome, other: _Ready) -> Outcome:
    """The outcome of a file that is equal to one that was settled."""
    again = {Status.STORED: Status.DUPLICATE, Status.RESTORED: Status.DUPLICATE, Status.NEW: Status.KNOWN}
    status = again.get(first.status, first.status)
    return replace(first, path=other.file.path, status=status)


async def _each(items: Sequence[Item], work: Callable[[Item], Awaitable[Result]], jobs: int) -> list[Result]:
    """The results in order, ``jobs`` of them worked on at a time; the first error ends the rest."""
    gate = asyncio.Semaphore(jobs)

    async def one(item: Item) -> Result:
        async with gate:
            return await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(item)) for item in items]
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from several
    return [task.result() for task in tasks]
