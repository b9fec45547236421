"""A world in which everything happens, over HTTP and in the library, and what the model makes of it."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from appliance import clock
from appliance.db import accounts
from appliance.library.accounts import SCOPES_OF_ROLE
from appliance.library.keys import create_key
from appliance.library.leaving import delete_person
from appliance.library.people import change_person
from appliance.records.accounts import Role
from appliance.records.people import Fate, PersonChanges
from tests.support.album_acts import ALBUM_ACTS
from tests.support.album_model import AlbumModel
from tests.support.sharing_acts import PEOPLE, TAGS, World, furnish, new_world
from tests.support.sharing_model import AssetModel
from tests.support.timeline import read_layout
from tests.support.waiting import eventually_async
from tests.support.web import Web

#: Runs the appliance, has nothing, and sees everything.
WARDEN = "warden"

_ACTS = ("make", "move", "delete", "share", "end", "add", "add", "put", "trash", "restore", *ALBUM_ACTS)

#: What ends somebody's place in what they read.
_DISTURBING = frozenset({"album order", "album delete"})

_MOMENTS = ("2024-12-31 23:59:59.5", "2025-01-01", "2025-01-01", "2025-01-31 08:00", None)


@dataclass(frozen=True)
class Wish:
    """A change of many pictures, and what becomes of one of them in the model."""

    changes: dict[str, Any]
    apply: Callable[[AssetModel], object]
    of_trash: bool = False


@dataclass
class OneWorld:
    """The world in the database and in the model, behind an open application, with everybody's client."""

    world: World
    web: Web
    dice: random.Random
    clients: dict[str, httpx.AsyncClient]
    roles: dict[str, Role] = field(default_factory=lambda: dict.fromkeys(PEOPLE, Role.MEMBER))

    @property
    def people(self) -> list[str]:
        return [*self.roles, WARDEN]

    def everything(self, name: str) -> bool:
        """Whether somebody sees all that there is."""
        return name == WARDEN or self.roles[name] is Role.ADMIN

    def listed(self, name: str) -> list[AssetModel]:
        return self.world.model.listed(name, everything=self.everything(name))

    def hear(self) -> None:
        """What others change this process hears of within milliseconds, for which no test waits here."""
        self.web.context.access.forget()

    # --- what happens ---------------------------------------------------------------------------------------------

    async def act(self, *, quiet: bool = False) -> None:
        """Anything, in the database and in the model; ``quiet``: but what ends a place in a list."""
        more = (self.expire, self.retag, self.change_role, self.edit)
        number = self.dice.randrange(10)
        if number < len(more):
            await more[number]()
        else:
            kind = self.dice.choice([name for name in _ACTS if not (quiet and name in _DISTURBING)])
            numbers = [self.dice.randrange(120) for _ in range(5)]
            await self.world.act((kind, *numbers))  # type: ignore[arg-type]
        self.hear()

    async def expire(self) -> None:
        """Let a picture's time come."""
        alive = [asset for asset in self.world.model.assets if not asset.trashed]
        if not alive:
            return
        asset = self.dice.choice(alive)
        ends = clock.now() + timedelta(milliseconds=5)
        await self.world.db.fetch(
            "UPDATE asset SET expires_at = {}, revision = revision + 1 WHERE id = {}", ends, asset.id
        )

        async def is_over() -> bool:
            return clock.now() > ends + timedelta(milliseconds=1)

        await eventually_async(is_over)
        asset.trashed = True

    async def retag(self) -> None:
        """Rename, merge or delete a word of somebody's, or give it a colour."""
        name = self.dice.choice(list(self.roles))
        words = [tag for tag in (await self.get(name, "/api/tags")) if tag["mine"]]
        if not words or self.roles[name] is Role.VIEWER:
            return
        word = self.dice.choice(words)
        path = f"/api/tags/{word['id']}"
        new = self.dice.choice([*TAGS, "blue", None, word["name"]])
        if new is None:
            answer = await self.clients[name].delete(path)
        else:
            answer = await self.clients[name].patch(
                path, json={"name": new, "merge": True, "color": "#010203"}
            )
        assert answer.is_success, answer.text
        for asset in self.world.model.assets:
            if asset.owner == name and word["name"] in asset.tags:
                asset.tags = (asset.tags - {word["name"]}) | ({new} if new else set())
        for album in self.world.model.albums:
            if (album.owner, album.rule) == (name, word["name"]):
                album.rule = new or album.rule
                if new in {each["name"] for each in words} - {word["name"]}:
                    album.shares.clear()

    async def change_role(self) -> None:
        """Promote or demote somebody."""
        name = self.dice.choice(list(self.roles))
        role = self.dice.choice(list(Role))
        await change_person(self.web.db, self.world.ids[name], PersonChanges(role=role), actor=None)
        self.roles[name] = role

    async def edit(self) -> None:
        """Change many pictures at once, for good."""
        name = self.dice.choice(list(self.roles))
        if await self.begin_edit(name) is not None:
            await self.world.compare_rows()

    async def leave(self, name: str) -> None:
        """Somebody's account is deleted, and what they had goes to the trash, where nobody sees it."""
        model = self.world.model
        await delete_person(
            self.web.db, self.web.context.appliance.store, self.world.ids[name],
            fate=Fate.TRASH, trash_days=30, actor=None,
        )  # fmt: skip
        self.hear()
        for folder in [each for each in model.folders if each.owner == name and each.parent is None]:
            assert model.delete(name, folder) == "done"
        model.shares = [share for share in model.shares if share.subject != name]
        model.albums = [album for album in model.albums if album.owner != name]
        for album in model.albums:
            album.rows = [(asset, by) for asset, by in album.rows if name not in {by, asset.owner}]
            album.shares.pop(name, None)
        model.assets = [asset for asset in model.assets if asset.owner != name]
        del self.roles[name]
        rows = await self.web.db.fetch(
            "SELECT f.id, o.name, f.path FROM folder f JOIN account o ON o.id = f.owner WHERE o.deleted_at IS NULL"
        )
        stored = {(row["name"], row["path"]): row["id"] for row in rows}
        assert set(stored) == {(each.owner, each.path) for each in model.folders}
        for each in model.folders:
            each.id = stored[each.owner, each.path]

    # --- edits ----------------------------------------------------------------------------------------------------

    async def begin_edit(self, name: str) -> str | None:
        """The id of an edit of somebody's that is done, in the model too; None where there was nothing to edit."""
        mine = [asset for asset in self.world.model.assets if asset.owner == name]
        wish = self._wish(name)
        if not mine:
            return None
        chosen, body = self.dice.sample(mine, self.dice.randint(1, len(mine))), {}
        if self.dice.random() < 0.3 and not wish.of_trash:
            tag = self.dice.choice(TAGS)
            found = [asset for asset in self.listed(name) if tag in asset.tags]
            body = {"filter": {"tag": tag}, "revision": await self.revision(name)}
            chosen, total = [asset for asset in found if asset.owner == name], len(found)
        else:
            body, total = {"ids": [str(asset.id) for asset in chosen]}, len(chosen)
        answer = await self.clients[name].post("/api/edits", json={"changes": wish.changes, **body})
        if self.roles[name] is Role.VIEWER:
            assert answer.status_code == 403
            return None
        assert answer.status_code == 201, answer.text
        said = answer.json()
        meant = [asset for asset in chosen if asset.trashed == wish.of_trash]
        assert (said["state"], said["total"]) == ("done", total)
        assert said["done"] + said["skipped"] == total
        # In the order in which edits put pictures into an album.
        for asset in sorted(meant, key=lambda each: each.id):
            wish.apply(asset)
        return str(said["id"])

    def _wish(self, name: str) -> Wish:
        model, dice, tag = self.world.model, self.dice, self.dice.choice(TAGS)
        places = [None, *(each for each in model.folders if model.access(name, each) in {"own", "add"})]
        place = dice.choice(places)
        by_hand = [album for album in model.albums if album.rule is None]
        open_to = [album for album in by_hand if album.may(name) in {"own", "add"}]
        wishes = [
            Wish({"trash": True}, lambda asset: setattr(asset, "trashed", True)),
            Wish({"restore": True}, lambda asset: setattr(asset, "trashed", False), of_trash=True),
            Wish({"add_tags": [tag], "rating": 5}, lambda asset: setattr(asset, "tags", asset.tags | {tag})),
            Wish({"remove_tags": [tag.upper()]}, lambda asset: setattr(asset, "tags", asset.tags - {tag})),
            Wish({"tags": [tag], "ttl": "9d"}, lambda asset: setattr(asset, "tags", frozenset({tag}))),
            Wish(
                {"folder_id": str(place.id) if place else None},
                lambda asset: setattr(asset, "folder", place),
            ),
            Wish({"favourite": False, "description": "many", "at_most": "8d"}, lambda asset: None),
            Wish({"taken": {"local": "2024-05-06T07:08:09"}, "extend": "1d"}, lambda asset: None),
        ]
        if open_to:
            into: AlbumModel = dice.choice(open_to)
            wishes += [Wish({"add_to_album": str(into.id)}, lambda asset: _put_in(into, name, asset))] * 2
        out: list[AlbumModel] = [album for album in by_hand if album.may(name) is not None]
        if out:
            of = dice.choice(out)
            wishes += [Wish({"remove_from_album": str(of.id)}, lambda asset: _take_out(of, name, asset))] * 2
        return dice.choice(wishes)

    def can_write(self, name: str) -> bool:
        return self.roles[name] is not Role.VIEWER

    def model_kept(self) -> "Kept":
        """What edits change, as it is in the model now."""
        model = self.world.model
        return (
            {each.id: (each.folder, each.trashed, each.tags) for each in model.assets},
            [(album, list(album.rows)) for album in model.albums],
        )

    def model_restored(self, kept: "Kept") -> None:
        """Let the model be as it was then."""
        assets, albums = kept
        for each in self.world.model.assets:
            each.folder, each.trashed, each.tags = assets[each.id]
        for album, rows in albums:
            album.rows = rows

    # --- asking ---------------------------------------------------------------------------------------------------

    async def get(self, name: str, path: str, **query: Any) -> Any:
        answer = await self.clients[name].get(path, params=query)
        assert answer.status_code == 200, (name, path, answer.text)
        return answer.json()

    async def revision(self, name: str) -> str:
        """That of the library as somebody sees it."""
        layout = await self.clients[name].get("/api/timeline/layout")
        assert layout.status_code == 200
        return read_layout(layout.content).rev

    async def pages(self, name: str, path: str, **query: Any) -> AsyncIterator[list[UUID]]:
        """The ids of each page; what happens between two pages is the caller's affair."""
        after: dict[str, str] = {}
        while True:
            page = await self.get(name, path, limit=4, **query, **after)
            yield [UUID(item["id"]) for item in page["items"]]
            if page["next"] is None:
                return
            after = {"after": page["next"]}


Kept = tuple[
    dict[UUID, tuple[Any, bool, frozenset[str]]], list[tuple[AlbumModel, list[tuple[AssetModel, str]]]]
]


def _put_in(album: AlbumModel, name: str, asset: AssetModel) -> None:
    """Where it is there, its owner lends it from now on."""
    if all(each is not asset for each, _ in album.rows):
        album.rows.append((asset, name))
    album.rows = [(each, name if each is asset else by) for each, by in album.rows]


def _take_out(album: AlbumModel, name: str, asset: AssetModel) -> None:
    own = album.owner == name
    album.rows = [(each, by) for each, by in album.rows if each is not asset or not (own or by == name)]


@asynccontextmanager
async def one_world(web: Web, seed: int) -> AsyncIterator[OneWorld]:
    """A furnished world like no other seed's."""
    world = await new_world(web.db)
    await web.db.fetch("UPDATE account SET role = 'member'")
    warden = await accounts.insert(web.db, name=WARDEN, password_hash="x", role=Role.ADMIN)
    await furnish(world)
    rows = await web.db.fetch("SELECT id FROM asset ORDER BY filename, id")
    for number, row in enumerate(rows):
        taken = _MOMENTS[number % len(_MOMENTS)]
        await web.db.fetch(
            "UPDATE asset SET taken_at = {} WHERE id = {}",
            datetime.fromisoformat(taken) if taken else None, row["id"],
        )  # fmt: skip
    async with AsyncExitStack() as stack:
        clients = {}
        for name, person in {**world.ids, WARDEN: warden.id}.items():
            role = Role.ADMIN if name == WARDEN else Role.MEMBER
            _, key = await create_key(
                web.db, user_id=person, role=role, name="tests",
                scopes=SCOPES_OF_ROLE[Role.MEMBER], expires_days=1,
            )  # fmt: skip
            clients[name] = await stack.enter_async_context(web.script(key))
        one = OneWorld(world, web, random.Random(seed), clients)  # noqa: S311 (no secret)
        one.hear()
        yield one
