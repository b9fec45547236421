"""The library as the verbs see it, wherever it is: on this machine or behind a server's address."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

from appliance.cli.narrowing import Narrowed
from appliance.cli.views import AddedView, AnswerView, AssetView, JobView, KnownView
from appliance.records.organise import Changes
from appliance.records.search import Strength


@dataclass(frozen=True, slots=True)
class File:
    """A file that was read through once."""

    path: Path
    #: As it is to be called in the library.
    name: str
    sha256: bytes
    bytes: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What an imported file is to get. Folder and tags are in their clean form, ``ttl`` as it was written."""

    folder: str | None = None
    tags: tuple[str, ...] = ()
    ttl: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A search: a query as it is written in the box, pictures, or both; and what else it is narrowed to."""

    text: str
    #: Pictures of the library and their weights.
    like: tuple[tuple[UUID, float], ...]
    #: A picture that is not in the library.
    picture: Path | None
    #: What an earlier search found rightly, and wrongly.
    right: tuple[UUID, ...]
    wrong: tuple[UUID, ...]
    where: Narrowed
    limit: int
    strength: Strength
    #: Whether the answer goes on below the cut, up to its limit.
    beyond: bool
    #: Whether near-duplicates are one hit.
    collapse: bool


class Library(Protocol):
    """What can be done with a library in one person's name."""

    async def check(self, files: Sequence[File]) -> list[KnownView]:
        """For each file, in order, whether its bytes are there; at most 1,000 at a time."""

    async def add(self, file: File, wish: Wish) -> AddedView:
        """Take one file in.

        Raises:
            RejectedFile: it can't become an asset.
            OSError: it can't be read here.
        """

    async def search(self, question: Question) -> AnswerView:
        """What fits best, best first."""

    def original(self, asset_id: UUID) -> AsyncGenerator[bytes, None]:
        """The bytes of an original in order.

        Raises:
            NotFound: there is no such asset, or its file is gone.
            OriginalUnreadable: its file can't be read.
        """

    async def rendition(self, asset: AssetView, size: int) -> bytes:
        """A smaller picture of an asset as a file, of one of the sizes that there are.

        Raises:
            SceneSenseError: there is none.
        """

    async def show(self, asset_id: UUID) -> AssetView:
        """One asset."""

    async def edit(self, asset_id: UUID, changes: Changes, *, ttl: str | None) -> AssetView:
        """The asset with these changes; ``ttl`` as it was written, None: its life stays as it is."""

    async def trash(self, asset_id: UUID) -> AssetView:
        """The asset, now in the trash."""

    async def restore(self, asset_id: UUID) -> AssetView:
        """The asset, now out of the trash."""

    async def failed(self, limit: int) -> list[JobView]:
        """Work that was given up, the last first."""

    async def retry(self, asset_ids: Sequence[UUID] | None) -> int:
        """How many failed jobs wait again; None: all."""
