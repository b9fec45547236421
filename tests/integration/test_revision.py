"""The revision of a person's library: another one after whatever their lists show, and for nothing else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from appliance import clock
from appliance.db import accounts
from appliance.db.changes import revision, trim
from appliance.db.engine import Database, open_database
from appliance.library import folders, organise
from appliance.library.accounts import viewer_of
from appliance.records.accounts import Sight, Viewer
from appliance.records.organise import Changes
from appliance.records.sharing import SharedMay
from tests.support.rows import add_asset, add_person, count


@dataclass
class House:
    """Ada shares a folder with Bob, to look at, and with Gus, to add to; Eve is nobody's."""

    db: Database
    people: dict[str, UUID]
    folder: UUID
    asset: UUID
    trashed: UUID
    #: A picture of Gus in Ada's folder.
    guest: UUID

    async def viewer(self, name: str) -> Viewer:
        user = await accounts.find(self.db, self.people[name])
        assert user is not None
        return viewer_of(user)

    async def all(self) -> dict[str, str]:
        return {name: await revision(self.db, await self.viewer(name)) for name in self.people}

    async def share(self, folder: UUID, owner: str, subject: str | None, may: str = "view") -> UUID:
        to = self.people[subject] if subject else None
        viewer = await self.viewer(owner)
        made, _ = await folders.share_folder(self.db, viewer, folder, subject=to, may=SharedMay(may))
        return made.id


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    people = {name: (await add_person(database, name)).user_id for name in ("ada", "bob", "gus", "eve")}
    made = House(database, people, uuid4(), uuid4(), uuid4(), uuid4())
    made.folder = (await folders.create_folder(database, await made.viewer("ada"), "trips/rome")).id
    made.asset = await add_asset(database, people["ada"])
    made.trashed = await add_asset(database, people["ada"])
    made.guest = await add_asset(database, people["gus"])
    await organise.edit_asset(
        database, await made.viewer("ada"), made.asset, Changes(folder_id=made.folder, tags=("sea",))
    )
    await organise.trash(database, await made.viewer("ada"), made.trashed, trash_days=30)
    await made.share(made.folder, "ada", "bob")
    await made.share(made.folder, "ada", "gus", "add")
    await organise.edit_asset(database, await made.viewer("gus"), made.guest, Changes(folder_id=made.folder))
    yield made


Act = Callable[[House], Awaitable[object]]


async def _edit(house: House, who: str, asset: UUID, changes: Changes) -> None:
    await organise.edit_asset(house.db, await house.viewer(who), asset, changes)


async def _move(house: House, name: str) -> None:
    await folders.move_folder(house.db, await house.viewer("ada"), house.folder, name=name, parent=None)


async def _unshare(house: House) -> None:
    ada = await house.viewer("ada")
    for share in await folders.list_shares(house.db, ada, house.folder):
        await folders.end_share(house.db, ada, house.folder, share.id)


async def _restore(house: House) -> None:
    await organise.restore(house.db, await house.viewer("ada"), house.trashed)


async def _trash(house: House, who: str, asset: UUID) -> None:
    await organise.trash(house.db, await house.viewer(who), asset, trash_days=30)


async def _expire(house: House) -> None:
    """Let an expiry come without anybody's doing anything."""
    soon = clock.now() + timedelta(seconds=0.3)
    await house.db.fetch("UPDATE asset SET expires_at = {} WHERE id = {}", soon, house.asset)
    before = await house.all()
    assert before == await house.all()
    await asyncio.sleep(0.35)
    after = await house.all()
    assert all(after[name] != before[name] for name in ("ada", "bob", "gus"))


async def _album(house: House, *, filled: bool) -> None:
    album = uuid4()
    await house.db.fetch(
        "INSERT INTO album (id, owner, name) VALUES ({}, {}, 'Best')", album, house.people["ada"]
    )
    if filled:
        await house.db.fetch("INSERT INTO album_asset (album, asset) VALUES ({}, {})", album, house.asset)


ACTS: dict[str, Act] = {
    "upload": lambda house: add_asset(house.db, house.people["ada"]),
    "upload of a guest": lambda house: add_asset(house.db, house.people["gus"]),
    "edit": lambda house: _edit(house, "ada", house.asset, Changes(description="a beach")),
    "edit of a guest": lambda house: _edit(house, "gus", house.guest, Changes(description="a beach")),
    "tag": lambda house: _edit(house, "ada", house.asset, Changes(tags=("sea", "red"))),
    "tag taken off": lambda house: _edit(house, "ada", house.asset, Changes(tags=())),
    "trash": lambda house: _trash(house, "ada", house.asset),
    "trash of a guest": lambda house: _trash(house, "gus", house.guest),
    "restore": _restore,
    "purge": lambda house: house.db.fetch("DELETE FROM asset WHERE id = {}", house.asset),
    "expiry": _expire,
    "folder made": lambda house: house.db.fetch(
        "INSERT INTO folder (id, owner, name, path) VALUES ({}, {}, 'x', 'x')", uuid4(), house.people["ada"]
    ),
    "folder renamed": lambda house: _move(house, "roma"),
    "folder shared with more": lambda house: house.share(house.folder, "ada", None),
    "folder shared no more": _unshare,
    "album": lambda house: _album(house, filled=False),
    "album filled": lambda house: _album(house, filled=True),
}


@pytest.mark.parametrize("name", ACTS)
async def test_what_changes_a_list_gives_all_who_may_see_it_another_revision(house: House, name: str) -> None:
    before = await house.all()
    await ACTS[name](house)
    after = await house.all()
    assert {who: after[who] != before[who] for who in ("ada", "bob", "gus")} == dict.fromkeys(
        ("ada", "bob", "gus"), True
    )
    assert after["eve"] == before["eve"] or name == "folder shared with more"
    seeing_all = replace(await house.viewer("eve"), sight=Sight.ALL)
    everything = await revision(house.db, seeing_all)
    await add_asset(house.db, house.people["bob"])
    assert await revision(house.db, seeing_all) != everything


async def test_what_a_stranger_does_changes_nobody_elses(house: House) -> None:
    before = await house.all()
    folder = await folders.create_folder(house.db, await house.viewer("eve"), "mine")
    await add_asset(house.db, house.people["eve"])
    assert {name: text for name, text in (await house.all()).items() if name != "eve"} == {
        name: text for name, text in before.items() if name != "eve"
    }
    # Whom a stranger lets add is nobody's guest but theirs.
    await house.share(folder.id, "eve", "bob", "add")
    after = await house.all()
    assert [after[name] == before[name] for name in ("ada", "gus", "bob", "eve")] == [
        True,
        True,
        False,
        False,
    ]


async def test_of_two_that_end_out_of_their_order_the_first_is_not_overlooked(
    house: House, database_url: str
) -> None:
    async with open_database(database_url, pool_size=2) as other:
        async with other.transaction():
            await add_asset(other, house.people["ada"])
            await add_asset(house.db, house.people["ada"])
            meanwhile = await house.all()
        after = await house.all()
    assert all(after[name] != meanwhile[name] for name in ("ada", "bob", "gus"))


async def test_trimming_keeps_the_newest_and_never_brings_an_old_revision_back(
    house: House, database_url: str
) -> None:
    ada = house.people["ada"]
    await house.db.fetch("DELETE FROM change")
    log = (
        "INSERT INTO change (owner, kind, at)"
        " SELECT {}, 'asset', now() - interval '2 hours' FROM generate_series(1, {}::int)"
    )
    async with open_database(database_url, pool_size=2) as other:
        async with other.transaction():
            # The lowest of all ids, which nobody sees before the others.
            await other.fetch(log, ada, 1_001)
            await house.db.fetch(log, ada, 10_000)
            early = await house.all()
        late = await house.all()
    assert await trim(house.db, before=clock.now() - timedelta(hours=3)) == 0
    assert await house.all() == late
    assert await trim(house.db, before=clock.now() - timedelta(hours=1)) == 1_001
    trimmed = await house.all()
    assert trimmed["ada"] not in {early["ada"], late["ada"]}
    assert trimmed["eve"] == late["eve"]
    assert await count(house.db, "change") == 10_001
    # And it is over then.
    assert await trim(house.db, before=clock.now() + timedelta(hours=1)) == 0
    assert await house.all() == trimmed


async def test_of_people_who_are_gone_no_log_is_kept(house: House) -> None:
    await house.db.fetch("INSERT INTO change (owner, kind) VALUES ({}, 'asset')", uuid4())
    before = await house.all()
    everything = replace(await house.viewer("eve"), sight=Sight.ALL)
    of_all = await revision(house.db, everything)
    assert await trim(house.db, before=clock.now() + timedelta(hours=1)) == 1
    assert (await house.all(), await revision(house.db, everything)) == (before, of_all)


async def test_while_very_much_changes_the_log_stays_short_and_no_revision_comes_twice(
    house: House, database_url: str
) -> None:
    ada = house.people["ada"]
    some = "INSERT INTO change (owner, kind) SELECT {}, 'asset' FROM generate_series(1, {}::int)"
    told = [await house.all()]
    async with open_database(database_url, pool_size=2) as other:
        async with other.transaction():
            # A low id, which nobody sees before all the others.
            await add_asset(other, ada)
            for _ in range(20):
                await house.db.fetch(some, ada, 1_500)
                assert await count(house.db, "change") < 14_000
                told.append(await house.all())
        told.append(await house.all())
    for name in ("ada", "bob", "gus"):
        assert len({each[name] for each in told}) == len(told)
    assert len({each["eve"] for each in told}) == 1
    newest = await house.db.fetch("SELECT id FROM change ORDER BY id DESC LIMIT 6000")
    assert newest[0]["id"] - newest[-1]["id"] < 6_100


async def test_nobody_waits_for_who_is_shortening_the_log(house: House, database_url: str) -> None:
    some = "INSERT INTO change (owner, kind) SELECT {}, 'asset' FROM generate_series(1, {}::int)"
    ada = house.people["ada"]
    async with open_database(database_url, pool_size=2) as other, other.transaction():
        await other.fetch(some, ada, 14_000)
        assert await count(other, "change") < 12_000
        async with asyncio.timeout(10):
            await house.db.fetch(some, ada, 14_000)
            assert await count(house.db, "change") < 12_000
    before = await house.all()
    await house.db.fetch(some, ada, 1_000)
    assert (await house.all())["ada"] != before["ada"]
    assert await count(house.db, "change") < 14_000
