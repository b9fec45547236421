"""Assets with an original of known bytes, made directly, for tests of what reads originals again."""

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Self
from uuid import UUID, uuid4

from appliance import clock
from appliance.db.engine import Database
from appliance.library.scrub import scrub
from appliance.media.store import Store
from appliance.media.volume import Volume
from appliance.records.scrub import Check, ScrubReport
from tests.support.rows import add_asset, add_person

#: Comes after every other id.
LAST = UUID(int=2**128 - 1)

#: So long that reading it takes hours, though it takes no space.
ENDLESS_BYTES = 2**40


@dataclass(frozen=True, slots=True)
class Originals:
    """A database and a volume to put them in, and runs over them.

    ``read`` has what the last run looked at, in order.
    """

    db: Database
    store: Store
    read: list[UUID] = field(default_factory=list)

    @classmethod
    def on(cls, db: Database, root: Path) -> Self:
        """On a new volume."""
        volume = Volume(root, Volume.initialise(root))
        return cls(db, Store(volume, max_upload_bytes=1000, free_space_floor_bytes=0))

    async def add(self, data: bytes = b"abc", *, state: str = "active") -> UUID:
        """An asset of a person of its own, whose original is as it should be."""
        owner = (await add_person(self.db, f"owner {uuid4()}")).user_id
        away = clock.now() - timedelta(days=40) if state != "active" else None
        digest = hashlib.sha256(data).digest()
        asset = await add_asset(self.db, owner, sha256=digest, trashed_at=away, purge_after=away, state=state)
        await self.db.fetch("UPDATE asset SET bytes = {} WHERE id = {}", len(data), asset)
        self.path(asset).parent.mkdir()
        self.path(asset).write_bytes(data)
        return asset

    async def add_endless(self) -> UUID:
        """An asset that a run comes to last, and does not finish."""
        asset = await self.add()
        await self.db.fetch("UPDATE asset SET id = {}, bytes = {} WHERE id = {}", LAST, ENDLESS_BYTES, asset)
        self.path(asset).parent.rename(self.path(LAST).parent)
        os.truncate(self.path(LAST), ENDLESS_BYTES)
        return LAST

    def path(self, asset: UUID) -> Path:
        """Where its original is."""
        return self.store.volume.root / str(asset) / "a.jpg"

    def lose(self, asset: UUID) -> None:
        """Take its folder away."""
        shutil.rmtree(self.path(asset).parent)

    async def outcomes(self) -> dict[UUID, str]:
        """What is recorded, by asset."""
        return {row["asset"]: row["outcome"] for row in await self.db.fetch("SELECT * FROM scrub")}

    async def scrub(
        self,
        *,
        minutes: float | None = None,
        again: bool = False,
        store: Store | None = None,
        stop: Event | None = None,
        tell: Callable[[Check], None] = lambda check: None,
    ) -> ScrubReport:
        """Go over them, to the end if no time is given."""
        self.read.clear()

        def heard(check: Check) -> None:
            self.read.append(check.expected.id)
            tell(check)

        return await scrub(
            db=self.db, store=store or self.store, minutes=minutes, again=again, stop=stop, tell=heard
        )

    def like(self, kind: type[Store]) -> Store:
        """Another store on the same volume."""
        return kind(self.store.volume, max_upload_bytes=1000, free_space_floor_bytes=0)
