"""Random edits over random libraries, cut off and taken back: everything is exactly as it was, and done once."""

import json
import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance import clock
from appliance.db.engine import Database, Row
from appliance.db.folders import ensure_folder
from appliance.db.tags import add_tags
from appliance.jobs import Queue
from appliance.library import edits
from appliance.library.edit_changes import from_kept, read_edit, to_kept
from appliance.records.accounts import Viewer
from appliance.records.edits import EditState
from appliance.records.organise import UNSET, Corrected
from tests.support.rows import add_asset, add_person

TAGS = ("sea", "Sea/Shore", "red", "x")

CHANGES: list[dict[str, Any]] = [
    {"trash": True},
    {"restore": True},
    {"add_tags": ["SEA", "new/word"], "rating": 3},
    {"remove_tags": ["sea", "x"], "description": "other"},
    {"tags": ["red", "only"], "favourite": True},
    {"tags": []},
    {"folder": "made/by it"},
    {"folder": None, "rating": None},
    {"ttl": "40d"},
    {"ttl": "never", "favourite": False},
    {"extend": "3d"},
    {"at_most": "20d"},
    {"taken": Corrected(datetime(2001, 2, 3, 4, 5, 6, 7), -90)},  # noqa: DTZ001 (a wall clock's)
    {"taken": None},
    {"shift_taken_minutes": -77},
    {"album": "add"},
    {"album": "remove", "add_tags": ["x"]},
]

#: A change, a number that chooses the assets, and whether a step of it is cut off.
asked = st.tuples(st.integers(0, len(CHANGES) - 1), st.integers(0, 2**20), st.booleans())


class Library:
    """One person's random assets, tags, folders and an album; each edit takes several steps."""

    def __init__(self, db: Database, queue: Queue, viewer: Viewer, assets: list[UUID], album: UUID) -> None:
        self.db, self.queue, self.viewer, self.assets, self.album = db, queue, viewer, assets, album

    def changes(self, number: int) -> dict[str, Any]:
        given = dict(CHANGES[number])
        album = given.pop("album", None)
        if album is not None:
            given["add_to_album" if album == "add" else "remove_from_album"] = self.album
        return given

    async def edit(self, number: int, chosen: int, *, cut: bool) -> UUID:
        dice = random.Random(chosen)  # noqa: S311 (no secret)
        ids = tuple(dice.sample(self.assets, dice.randint(1, len(self.assets))))
        begun = await edits.begin_edit(
            self.db, self.queue, self.viewer, read_edit(self.changes(number)), ids, trash_days=30
        )
        return await self._finish(begun.id, cut=cut)

    async def undo(self, edit_id: UUID, *, cut: bool) -> UUID:
        await edits.undo_edit(self.db, self.queue, self.viewer, edit_id, trash_days=30)
        return await self._finish(edit_id, cut=cut)

    async def _finish(self, edit_id: UUID, *, cut: bool) -> UUID:
        if cut:
            with pytest.raises(ZeroDivisionError):
                async with self.db.transaction():
                    await edits.step(self.db, edit_id, trash_days=30)
                    raise ZeroDivisionError
        while await edits.step(self.db, trash_days=30):
            pass
        found = await edits.get_edit(self.db, self.viewer, edit_id)
        assert found.state in {EditState.DONE, EditState.UNDONE}
        assert found.total == found.done + found.skipped
        assert found.state is EditState.DONE or found.undone + found.kept == found.done
        return edit_id

    async def snapshot(self) -> dict[UUID, Row]:
        rows = await self.db.fetch(
            """
            SELECT a.*, ARRAY(
                SELECT t.id || t.name FROM asset_tag x JOIN tag t ON t.id = x.tag WHERE x.asset = a.id ORDER BY 1
            ) AS tags, ARRAY(
                SELECT x.position || coalesce(x.added_by::text, '') FROM album_asset x WHERE x.asset = a.id
            ) AS places
            FROM asset a
            """
        )
        return {row["id"]: {name: value for name, value in row.items() if name != "revision"} for row in rows}

    async def words(self) -> list[Row]:
        return await self.db.fetch("SELECT id, name, color FROM tag ORDER BY id")

    async def cover(self) -> list[Row]:
        return await self.db.fetch("SELECT cover FROM album")


async def make_library(db: Database, queue: Queue, seed: int) -> Library:
    await db.ddl("TRUNCATE account CASCADE")
    dice = random.Random(seed)  # noqa: S311 (no secret)
    viewer, other, album = await add_person(db), await add_person(db, "other"), uuid4()
    await db.fetch("INSERT INTO album (id, owner, name) VALUES ({}, {}, 'Best')", album, viewer.user_id)
    async with db.transaction():
        folders = [await ensure_folder(db, viewer.user_id, path) for path in ("a", "a/b")]
    made = []
    for number in range(11):
        now, trashed = clock.now(), dice.random() < 0.3
        asset = await add_asset(
            db,
            viewer.user_id,
            expires_at=now + timedelta(days=dice.randint(1, 50), microseconds=7)
            if dice.random() < 0.5
            else None,
            trashed_at=now - timedelta(days=3) if trashed else None,
            purge_after=now + timedelta(days=dice.randint(1, 27)) if trashed else None,
            state="trashed" if trashed else "active",
        )
        if trashed and dice.random() < 0.3:
            await db.fetch("UPDATE asset SET purge_asked = TRUE WHERE id = {}", asset)
        taken = datetime(1999, 1, 1 + number, 1, 2, 3, 4) if dice.random() < 0.6 else None  # noqa: DTZ001
        await db.fetch(
            "UPDATE asset SET folder = {}, rating = {}, favourite = {}, description = {}, taken_at = {},"
            " taken_offset_minutes = {}, taken_source = {} WHERE id = {}",
            dice.choice([None, *folders]), dice.choice([None, 1, 5]), dice.random() < 0.5, f"number {number}",
            taken, dice.choice([None, 60]) if taken else None, "exif" if taken else None, asset,
        )  # fmt: skip
        async with db.transaction():
            await add_tags(db, viewer.user_id, asset, tuple(dice.sample(TAGS, dice.randint(0, 3))))
        if dice.random() < 0.5:
            await db.fetch(
                "INSERT INTO album_asset (album, asset, position, added_by) VALUES ({}, {}, {}, {})",
                album, asset, number, dice.choice([viewer, viewer, other]).user_id,
            )  # fmt: skip
            await db.fetch("UPDATE album SET cover = {}", asset)
        made.append(asset)
    return Library(db, queue, viewer, made, album)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    dice=st.tuples(st.integers(0, 2**20), st.integers(0, 2**11)), done=st.lists(asked, min_size=1, max_size=4)
)
async def test_what_is_taken_back_is_exactly_as_it_was_and_what_was_touched_since_stays(
    database: Database,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
    dice: tuple[int, int],
    done: list[tuple[int, int, bool]],
) -> None:
    seed, touched = dice
    monkeypatch.setattr(edits, "STEP", 4)
    monkeypatch.setattr(edits, "AT_ONCE", 0)
    queue = Queue(redis_url)
    library = await make_library(database, queue, seed)
    before, words, cover = await library.snapshot(), await library.words(), await library.cover()
    made = [await library.edit(number, chosen, cut=cut) for number, chosen, cut in done]
    apart = [asset for n, asset in enumerate(library.assets) if touched >> n & 1 and touched % 3 == 0]
    await database.fetch(
        "UPDATE asset SET filename = 'touched', revision = revision + 1 WHERE id = ANY({}::uuid[])", apart
    )
    then = await library.snapshot()
    for edit_id, (_, _, cut) in zip(reversed(made), reversed(done), strict=True):
        await library.undo(edit_id, cut=cut)
    after = await library.snapshot()
    for asset in library.assets:
        assert after[asset] == (then if asset in apart else before)[asset]
    if not apart:
        assert (await library.words(), await library.cover()) == (words, cover)
    queue.close()


def test_changes_are_kept_as_they_were_asked_for() -> None:
    for each in CHANGES:
        wanted = {name: value for name, value in each.items() if name != "album"} | {"add_to_album": uuid4()}
        changes = read_edit(each if "trash" in each or "restore" in each else wanted)
        # A folder's path becomes an id before.
        plain = replace(changes, set=replace(changes.set, folder=UNSET))
        assert from_kept(json.loads(json.dumps(to_kept(plain)))) == plain
