"""What people do with folders, albums, shares and pictures, done in the database and in the plain model alike."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import numpy as np
from hypothesis import strategies as st
from pgvector import HalfVector

from appliance.db import accounts
from appliance.db.engine import Database
from appliance.errors import SceneSenseError
from appliance.library import folders, organise
from appliance.library.accounts import viewer_of
from appliance.records.accounts import Viewer
from appliance.records.organise import Changes
from appliance.records.sharing import SharedMay
from tests.support.album_acts import ALBUM_ACTS, compare_albums, furnish_albums
from tests.support.rows import add_asset, add_model, add_person
from tests.support.sharing_model import AssetModel, FolderModel, ShareModel, WorldModel

PEOPLE = ["ada", "bob", "cleo"]
NAMES = ["a", "b", "a b"]
#: All that pictures are tagged with.
TAGS = ["red", "sea"]
START = datetime(2026, 1, 1, tzinfo=UTC)
MAY: tuple[Literal["add", "view"], ...] = ("view", "add")

#: A kind of act, who does it, and numbers that choose what it is done with.
Act = tuple[str, int, int, int, int, int]


@dataclass
class World:
    """The same world twice: in the database, and as the model has it."""

    db: Database
    model: WorldModel
    ids: dict[str, UUID]
    vectors: int

    async def viewer(self, name: str) -> Viewer:
        """Somebody as the next request will have them."""
        user = await accounts.find(self.db, self.ids[name])
        assert user is not None
        return viewer_of(user)

    async def act(self, act: Act) -> None:
        """Do one thing in both, and see that both say the same of it."""
        kind, who, *numbers = act
        person, expected, work = _ACTS[kind](self, PEOPLE[who % len(PEOPLE)], numbers)
        outcome = "done"
        try:
            if work is not None:
                await work(await self.viewer(person))
        except SceneSenseError as error:
            outcome = error.code
        assert outcome == expected, act
        await self.compare_rows()

    async def compare_rows(self) -> None:
        rows = await self.db.fetch(
            "SELECT f.id, o.name, f.path FROM folder f JOIN account o ON o.id = f.owner"
        )
        stored = {(row["name"], row["path"]): row["id"] for row in rows}
        assert set(stored) == {(each.owner, each.path) for each in self.model.folders}
        for folder in self.model.folders:
            found = stored[folder.owner, folder.path]
            assert folder.id in {None, found}
            folder.id = found
        lies = {row["id"]: row["folder"] for row in await self.db.fetch("SELECT id, folder FROM asset")}
        assert lies == {each.id: each.folder.id if each.folder else None for each in self.model.assets}
        shares = await self.db.fetch("SELECT id, folder, subject, may FROM share WHERE folder IS NOT NULL")
        by_place = {(row["folder"], row["subject"]): row for row in shares}
        assert len(by_place) == len(self.model.shares)
        for share in self.model.shares:
            subject = self.ids[share.subject] if share.subject else None
            row = by_place[share.folder.id, subject]
            share.id = row["id"]
            assert row["may"] == share.may
        await compare_albums(self)


Work = Callable[[Viewer], Awaitable[Any]] | None
#: Who does it, what they are told, and the doing.
Chosen = tuple[str, str, Work]


def pick(items: list[Any], number: int) -> Any:
    return items[number % len(items)] if items else None


def actor(person: str, owner: str, numbers: list[int]) -> str:
    """Mostly the owner of the thing: everybody else is only refused."""
    return owner if numbers[3] % 4 else person


def _make(world: World, person: str, numbers: list[int]) -> Chosen:
    above = pick([None, *(each for each in world.model.folders if each.owner == person)], numbers[0])
    path = (f"{above.path}/" if above else "") + pick(NAMES, numbers[1])
    return (
        person,
        world.model.make(person, path),
        lambda viewer: folders.create_folder(world.db, viewer, path),
    )


def _move(world: World, person: str, numbers: list[int]) -> Chosen:
    folder: FolderModel | None = pick(world.model.folders, numbers[0])
    if folder is None or folder.id is None:
        return person, "done", None
    folder_id, name = folder.id, pick(NAMES, numbers[2])
    person = actor(person, folder.owner, numbers)
    near = [each for each in world.model.folders if each.owner == person or not numbers[3] % 3]
    parent: FolderModel | None = pick([None, *near], numbers[1])
    parent_id = parent.id if parent else None
    return (
        person,
        world.model.move(person, folder, parent, name),
        lambda viewer: folders.move_folder(world.db, viewer, folder_id, name=name, parent=parent_id),
    )


def _delete(world: World, person: str, numbers: list[int]) -> Chosen:
    folder: FolderModel | None = pick(world.model.folders, numbers[0])
    if folder is None or folder.id is None:
        return person, "done", None
    folder_id, person = folder.id, actor(person, folder.owner, numbers)
    return (
        person,
        world.model.delete(person, folder),
        lambda viewer: folders.delete_folder(world.db, viewer, folder_id),
    )


def _share(world: World, person: str, numbers: list[int]) -> Chosen:
    folder: FolderModel | None = pick(world.model.folders, numbers[0])
    if folder is None or folder.id is None:
        return person, "done", None
    folder_id, subject, may = folder.id, pick([*PEOPLE, None], numbers[1]), MAY[numbers[2] % 2]
    subject_id, person = world.ids[subject] if subject else None, actor(person, folder.owner, numbers)
    return (
        person,
        world.model.share(person, folder, subject, may),
        lambda viewer: folders.share_folder(
            world.db, viewer, folder_id, subject=subject_id, may=SharedMay(may)
        ),
    )


def _end(world: World, person: str, numbers: list[int]) -> Chosen:
    share: ShareModel | None = pick(world.model.shares, numbers[0])
    if share is None or share.id is None or share.folder.id is None:
        return person, "done", None
    share_id, folder_id = share.id, share.folder.id
    person = actor(person, share.folder.owner, numbers)
    return (
        person,
        world.model.end(person, share),
        lambda viewer: folders.end_share(world.db, viewer, folder_id, share_id),
    )


def _add(world: World, person: str, numbers: list[int]) -> Chosen:
    async def add(viewer: Viewer) -> None:
        number = len(world.model.assets)
        asset_id = await add_asset(world.db, viewer.user_id, filename=f"{number}.jpg")
        made = AssetModel(asset_id, person, uploaded=number // 2, angle=0.3 + 0.03 * number)
        world.model.assets.append(made)
        await world.db.fetch(
            "UPDATE asset SET uploaded_at = {}, favourite = TRUE, rating = 3 WHERE id = {}",
            START + timedelta(seconds=made.uploaded), asset_id,
        )  # fmt: skip
        vector = np.array([np.cos(made.angle), np.sin(made.angle), 0, 0], np.float32)
        await world.db.fetch(
            "INSERT INTO embedding (asset, model, owner, vector) VALUES ({}, {}, {}, {})",
            asset_id, world.vectors, viewer.user_id, HalfVector(vector),
        )  # fmt: skip
        made.tags = frozenset(TAGS[: numbers[0] % 3])
        await organise.edit_asset(world.db, viewer, asset_id, Changes(tags=tuple(made.tags)))
        open_to = [each for each in world.model.folders if world.model.access(person, each) in {"own", "add"}]
        folder = pick([None, *open_to], numbers[1])
        assert world.model.put(person, made, folder) == "done"
        await organise.edit_asset(
            world.db, viewer, asset_id, Changes(folder_id=folder.id if folder else None)
        )

    return person, "done", add


def _put(world: World, person: str, numbers: list[int]) -> Chosen:
    asset: AssetModel | None = pick(world.model.assets, numbers[0])
    if asset is None:
        return person, "done", None
    asset_id, folder = asset.id, pick([None, *world.model.folders], numbers[1])
    changes, person = Changes(folder_id=folder.id if folder else None), actor(person, asset.owner, numbers)
    return (
        person,
        world.model.put(person, asset, folder),
        lambda viewer: organise.edit_asset(world.db, viewer, asset_id, changes),
    )


def _trash(world: World, person: str, numbers: list[int]) -> Chosen:
    asset: AssetModel | None = pick(world.model.assets, numbers[0])
    if asset is None:
        return person, "done", None
    asset_id, person = asset.id, actor(person, asset.owner, numbers)

    def trash(viewer: Viewer) -> Awaitable[Any]:
        return organise.trash(world.db, viewer, asset_id, trash_days=30)

    if asset.owner == person:
        asset.trashed = True
        return person, "done", trash
    return person, "forbidden" if world.model.sees(person, asset) else "not_found", trash


def _restore(world: World, person: str, numbers: list[int]) -> Chosen:
    asset: AssetModel | None = pick(world.model.assets, numbers[0])
    if asset is None:
        return person, "done", None
    asset_id, person = asset.id, actor(person, asset.owner, numbers)

    def restore(viewer: Viewer) -> Awaitable[Any]:
        return organise.restore(world.db, viewer, asset_id)

    if asset.owner == person:
        was, asset.trashed = asset.trashed, False
        return person, "done" if was else "conflict", restore
    return person, "forbidden" if world.model.sees(person, asset) else "not_found", restore


_ACTS: dict[str, Callable[[World, str, list[int]], Chosen]] = {
    "make": _make,
    "move": _move,
    "delete": _delete,
    "share": _share,
    "end": _end,
    "add": _add,
    "put": _put,
    "trash": _trash,
    "restore": _restore,
    **ALBUM_ACTS,
}


async def new_world(db: Database) -> World:
    await db.ddl("TRUNCATE account, model, active_model CASCADE")
    ids = {name: (await add_person(db, name)).user_id for name in PEOPLE}
    return World(db, WorldModel(list(PEOPLE)), ids, await add_model(db))


async def furnish(world: World) -> None:
    """So that something can be lost: folders that are shared in each way, and pictures of each person in each."""
    for name in PEOPLE[:2]:
        viewer = await world.viewer(name)
        for path in ("a", "a/b", "a b"):
            assert world.model.make(name, path) == "done"
            await folders.create_folder(world.db, viewer, path)
    await world.compare_rows()
    for owner, path, subject, may in SHARED:
        folder = world.model.at(owner, path)
        assert folder is not None and folder.id is not None
        assert world.model.share(owner, folder, subject, may) == "done"
        subject_id = world.ids[subject] if subject else None
        await folders.share_folder(
            world.db, await world.viewer(owner), folder.id, subject=subject_id, may=SharedMay(may)
        )
    for who in range(len(PEOPLE)):
        for number in range(5):
            await world.act(("add", who, number, number, 0, 0))
    await furnish_albums(world, world.act)


SHARED: tuple[tuple[str, str, str | None, Literal["add", "view"]], ...] = (
    ("ada", "a", "bob", "add"),
    ("ada", "a/b", None, "view"),
    ("bob", "a/b", None, "add"),
    ("bob", "a b", "cleo", "view"),
)

acts = st.tuples(st.sampled_from(["make", "share", "add", *_ACTS]), *(st.integers(0, 119) for _ in range(5)))
