"""Deleting an account: nothing of anybody's is lost, and nobody sees more than before."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import numpy as np
import pytest

from appliance import clock
from appliance.db import accounts
from appliance.db.engine import Database
from appliance.db.search import Nearest, find_nearest
from appliance.errors import Conflict, NotFound, UsageError
from appliance.library.expiry import purge
from appliance.library.sweep import sweep
from appliance.records.accounts import Role, Sight, Viewer
from appliance.records.people import Fate, Left
from appliance.records.search import And
from tests.conftest import MakeSettings
from tests.support.home import picture
from tests.support.leaving import transfer, trash
from tests.support.random_home import (
    Kept,
    RandomHome,
    contradictions,
    make_random_home,
    snapshot,
)
from tests.support.rows import add_asset, add_person, count, everything
from tests.support.uploads import stored
from tests.support.waiting import eventually_async
from tests.support.web import PASSWORD, Web, open_web

#: When something that never expires does, for comparing.
FOREVER = 1e12


def of(assets: Iterable[Kept], owner: Viewer) -> dict[bytes, Kept]:
    return {each.sha256: each for each in assets if each.owner == owner.user_id and each.state != "purging"}


def end(asset: Kept) -> float:
    return asset.expires_at.timestamp() if asset.expires_at else FOREVER


def longer_life(theirs: Kept | None, heirs: Kept | None) -> float:
    """Until when the heir's asset is to live; 0 in the trash. What comes back from there has its own time again."""
    if theirs is not None and theirs.alive:
        return max(end(each) for each in (theirs, heirs) if each)
    return end(heirs) if heirs is not None and heirs.alive else 0.0


async def found_by(home: RandomHome, viewer: Viewer) -> set[UUID]:
    wanted = Nearest(
        viewer=viewer,
        vector=np.array([1, 0, 0, 0], dtype=np.float32),
        model_id=home.model_id,
        where=And(()),
        besides=(),
        limit=100,
        after=None,
    )
    return {hit.asset.id for hit in (await find_nearest(home.db, wanted)).hits}


def without_folders(assets: Iterable[Kept]) -> list[tuple[object, ...]]:
    return sorted((each.id, each.owner, each.state, each.expires_at, each.purge_after) for each in assets)


@pytest.mark.parametrize("seed", range(25))
async def test_a_transfer_loses_nothing_of_anybody(bare_web: Web, boss: None, seed: int) -> None:
    home = await make_random_home(bare_web.db, seed)
    before = await snapshot(home.db)
    uploads = await count(home.db, "upload")
    assert await contradictions(home.db) == []

    left = await transfer(bare_web, home.leaver.user_id, home.heir.user_id)

    after = await snapshot(home.db)
    # Every row and so every original is still there, under the same id and name.
    assert {each.id: (each.sha256, each.filename) for each in after.values()} == {
        each.id: (each.sha256, each.filename) for each in before.values()
    }
    assert await contradictions(home.db) == []
    theirs, heirs = of(before.values(), home.leaver), of(before.values(), home.heir)
    now = of(after.values(), home.heir)
    assert (left.transferred, left.joined) == (len(theirs.keys() - heirs), len(theirs.keys() & heirs))
    # The heir has all files of both, each with the longer of the two lives, and all tags.
    assert now.keys() == theirs.keys() | heirs.keys()
    for sha256, asset in now.items():
        sources = [each[sha256] for each in (theirs, heirs) if sha256 in each]
        life = end(asset) if asset.alive else 0.0
        assert life == longer_life(theirs.get(sha256), heirs.get(sha256))
        assert asset.tags == frozenset().union(*(each.tags for each in sources))
        if sha256 not in heirs:
            assert asset.folder_owner == home.heir.user_id
    # What the leaver keeps is in the trash, or was being purged.
    for asset in after.values():
        if asset.owner == home.leaver.user_id and before[asset.id].state != "purging":
            assert asset.state == "trashed"
            assert asset.purge_after is not None
            assert asset.folder is None
    third = [each for each in before.values() if each.owner == home.third.user_id]
    assert [after[each.id].folder for each in third] == [each.folder for each in third]
    assert without_folders(after[each.id] for each in third) == without_folders(third)
    # Search finds what came over, by the vectors that are there.
    heir = Viewer(home.heir.user_id, "heir", Role.MEMBER, home.heir.scopes, Sight.OWN)
    assert await found_by(home, heir) == {each.id for each in now.values() if each.alive}
    assert await home.db.fetch("SELECT id FROM upload WHERE owner = {}", home.leaver.user_id) == []
    assert await count(home.db, "upload") == uploads
    for table in ("folder", "album", "share"):
        assert home.leaver.user_id not in {row["owner"] for row in await everything(home.db, table)}


@pytest.mark.parametrize("seed", range(15))
async def test_to_the_trash_goes_what_was_theirs_and_nothing_else(
    bare_web: Web, boss: None, seed: int
) -> None:
    home = await make_random_home(bare_web.db, 1000 + seed)
    before = await snapshot(home.db)
    left = await trash(bare_web, home.leaver.user_id)
    after = await snapshot(home.db)
    assert after.keys() == before.keys()
    assert await contradictions(home.db) == []
    theirs = of(before.values(), home.leaver)
    assert left == Left(trashed=len(theirs))
    assert all(after[each.id].state == "trashed" and after[each.id].purge_after for each in theirs.values())
    others = [each for each in before.values() if each.owner != home.leaver.user_id]
    assert without_folders(after[each.id] for each in others) == without_folders(others)
    for each in others:
        moved_out = each.folder_owner == home.leaver.user_id
        assert (after[each.id].folder == each.folder) is not moved_out
        if moved_out:
            assert after[each.id].folder_owner == each.owner

    # In due time all of it is purged, and then the account is gone, with its id in the log.
    appliance = bare_web.context.appliance
    assert (await sweep(appliance)).accounts_removed == 0 or not theirs
    await home.db.fetch("DELETE FROM upload")
    await purge(
        db=home.db, store=appliance.store, cache=appliance.cache, trash=timedelta(days=30), limit=1000,
        now=clock.now() + timedelta(days=40), accept_clock=True,
    )  # fmt: skip
    await sweep(appliance, accept_clock=True)
    assert await home.db.fetch("SELECT id FROM account WHERE id = {}", home.leaver.user_id) == []
    logged = await home.db.fetch("SELECT asset FROM purge_log WHERE owner = {}", home.leaver.user_id)
    assert {row["asset"] for row in logged} == {
        each.id for each in before.values() if each.owner == home.leaver.user_id
    }


async def test_what_comes_in_after_somebody_left_goes_to_the_trash(bare_web: Web, boss: None) -> None:
    leaver = await add_person(bare_web.db, "bob")
    await trash(bare_web, leaver.user_id)
    late = await add_asset(bare_web.db, leaver.user_id)
    assert (await sweep(bare_web.context.appliance)).accounts_removed == 0
    asset = (await snapshot(bare_web.db))[late]
    assert (asset.state, asset.purge_after is None) == ("trashed", False)


async def test_of_an_account_without_anything_no_folder_is_left(bare_web: Web, boss: None) -> None:
    leaver, heir = await add_person(bare_web.db, "bob"), await add_person(bare_web.db, "heir")
    assert await transfer(bare_web, leaver.user_id, heir.user_id) == Left()
    assert await count(bare_web.db, "folder") == 0
    assert (await sweep(bare_web.context.appliance, dry_run=True)).accounts_removed == 1
    assert (await sweep(bare_web.context.appliance)).accounts_removed == 1


async def test_a_good_file_does_not_go_to_the_trash_for_a_damaged_one(bare_web: Web, boss: None) -> None:
    db, root = bare_web.db, bare_web.settings.storage_path
    leaver, heir = await add_person(db, "bob"), await add_person(db, "heir")
    copy = await add_asset(db, leaver.user_id, sha256=bytes(32))
    kept = await add_asset(db, heir.user_id, sha256=bytes(32))
    for asset in (copy, kept):
        (root / str(asset)).mkdir()
        (root / str(asset) / "a.jpg").write_bytes(b"abc")
    await db.fetch("INSERT INTO scrub (asset, checked_at, outcome) VALUES ({}, now(), 'damaged')", kept)
    with pytest.raises(Conflict, match=str(kept)):
        await transfer(bare_web, leaver.user_id, heir.user_id)
    await db.fetch("UPDATE scrub SET outcome = 'ok'")
    (root / str(kept) / "a.jpg").unlink()
    with pytest.raises(Conflict, match=str(kept)):
        await transfer(bare_web, leaver.user_id, heir.user_id)
    # Nothing was done by halves.
    assert {each.owner for each in (await snapshot(db)).values()} == {leaver.user_id, heir.user_id}
    assert await accounts.find(db, leaver.user_id) is not None
    (root / str(kept) / "a.jpg").write_bytes(b"abc")
    assert await transfer(bare_web, leaver.user_id, heir.user_id) == Left(joined=1)


async def test_the_name_is_free_and_every_way_in_is_shut(bare_web: Web) -> None:
    async with bare_web.signed_in() as anna, bare_web.second_person("bob") as bob:
        key = (await bob.post("/api/me/keys", json={"name": "k", "scopes": ["asset:read"]})).json()["key"]
        bob_id = (await bob.get("/api/me")).json()["id"]
        await bare_web.db.fetch(
            "INSERT INTO identity (id, account, issuer, sub) VALUES ({}, {}, 'https://id.test', 'b')",
            uuid4(), UUID(bob_id),
        )  # fmt: skip
        answer = await anna.delete(f"/api/admin/users/{bob_id}?assets=trash")
        assert (answer.status_code, answer.json()) == (200, {"transferred": 0, "joined": 0, "trashed": 0})
        async with bare_web.script(key) as script:
            assert [(await who.get("/api/me")).status_code for who in (bob, script)] == [401, 401]
        login = await bob.post("/api/auth/login", json={"username": "bob", "password": PASSWORD})
        assert login.status_code == 401
        assert await count(bare_web.db, "identity") == 0
        assert (await anna.get(f"/api/admin/users/{bob_id}")).status_code == 404
        assert (await anna.delete(f"/api/admin/users/{bob_id}?assets=trash")).status_code == 404
        assert len((await anna.get("/api/admin/users")).json()) == 1
        again = await anna.post("/api/admin/users", json={"username": "bob", "password": PASSWORD})
        assert again.status_code == 201
        rows = await bare_web.db.fetch(
            "SELECT object, outcome FROM audit WHERE action = 'user.delete' ORDER BY id"
        )
        assert rows[0] == {"object": f"{bob_id} assets=trash", "outcome": "ok"}


async def test_who_deletes_has_just_proved_who_they_are(bare_web: Web) -> None:
    async with bare_web.signed_in() as anna, bare_web.second_person("bob") as bob:
        bob_id = (await bob.get("/api/me")).json()["id"]
        await bare_web.db.fetch("UPDATE session SET authenticated_at = now() - interval '16 minutes'")
        answer = await anna.delete(f"/api/admin/users/{bob_id}?assets=trash")
        assert (answer.status_code, answer.json()["code"]) == (403, "reauthenticate")
        assert (await bob.get("/api/me")).status_code == 200


async def test_a_deletion_that_makes_no_sense_is_refused(bare_web: Web) -> None:
    async with bare_web.signed_in() as anna, bare_web.second_person("bob") as bob:
        bob_id, anna_id = [(await who.get("/api/me")).json()["id"] for who in (bob, anna)]
        for query, status in (
            ("", 400), ("?assets=burn", 400), ("?assets=transfer", 400), (f"?assets=trash&to={anna_id}", 400),
            (f"?assets=transfer&to={bob_id}", 400), (f"?assets=transfer&to={uuid4()}", 404),
        ):  # fmt: skip
            answer = await anna.delete(f"/api/admin/users/{bob_id}{query}")
            assert answer.status_code == status, (query, answer.text)
        assert (await anna.delete(f"/api/admin/users/{uuid4()}?assets=trash")).status_code == 404
    with pytest.raises(Conflict, match="last administrator"):
        await trash(bare_web, UUID(anna_id))
    with pytest.raises(UsageError):
        await transfer(bare_web, UUID(anna_id), UUID(anna_id))
    with pytest.raises(NotFound):
        await trash(bare_web, uuid4())


@pytest.fixture
async def web(make_settings: MakeSettings, database_url: str) -> AsyncIterator[Web]:
    settings = make_settings(
        database_url=database_url, redis_url="redis://127.0.0.1:1", free_space_floor_bytes=0
    )
    async with open_web(settings) as opened:
        yield opened


async def test_who_receives_pictures_opens_them_like_their_own(web: Web) -> None:
    async with web.signed_in() as anna, web.second_person("bob") as bob:
        both, only = picture(1), picture(2)
        kept = await stored(anna, both, "mine.jpg")
        copy, moved = await stored(bob, both, tags="sea"), await stored(bob, only, folder="Trips")
        ids = [(await who.get("/api/me")).json()["id"] for who in (anna, bob)]
        answer = await anna.delete(f"/api/admin/users/{ids[1]}?assets=transfer&to={ids[0]}")
        assert answer.json() == {"transferred": 1, "joined": 1, "trashed": 0}
        listed = {asset["id"]: asset for asset in (await anna.get("/api/assets")).json()["items"]}
        assert listed.keys() == {kept["id"], moved["id"]}
        assert listed[moved["id"]]["folder"] == "From bob/Trips"
        assert listed[kept["id"]]["tags"] == ["sea"]
        for asset, data in ((kept, both), (moved, only)):
            assert (await anna.get(f"/api/assets/{asset['id']}/original")).content == data
        # Not in the receiver's trash: it is nobody's, and is purged in due time.
        assert (await anna.get("/api/trash")).json()["items"] == []
        assert (web.settings.storage_path / copy["id"] / copy["filename"]).read_bytes() == both


@pytest.mark.parametrize("fate", list(Fate))
async def test_uploads_of_somebody_who_is_deleted_meanwhile_are_whole_or_refused(
    web: Web, fate: Fate
) -> None:
    async with web.signed_in() as anna, web.second_person("bob") as bob:
        ids = [(await who.get("/api/me")).json()["id"] for who in (anna, bob)]
        query = f"assets=transfer&to={ids[0]}" if fate is Fate.TRANSFER else "assets=trash"

        async def some_are_there() -> bool:
            return await count(web.db, "asset") >= 4

        async def delete() -> httpx.Response:
            await eventually_async(some_are_there)
            return await anna.delete(f"/api/admin/users/{ids[1]}?{query}")

        async def send(number: int) -> int:
            files = {"file": (f"{number}.jpg", picture(number))}
            return (await bob.post("/api/assets", files=files, data={"folder": "a/b"})).status_code

        statuses, answer = await asyncio.gather(
            asyncio.gather(*(send(number) for number in range(24))), delete()
        )
        assert answer.status_code == 200, answer.text
        assert set(statuses) <= {201, 401, 404, 409}
        later = clock.now() + timedelta(hours=1)
        for _ in range(2):
            await sweep(web.context.appliance, now=later, accept_clock=True)
        rows = await web.db.fetch("SELECT id, filename, owner, state FROM asset")
        assert len(rows) >= statuses.count(201)
        assert await count(web.db, "upload") == 0
        for row in rows:
            path = web.settings.storage_path / str(row["id"]) / row["filename"]
            assert path.read_bytes() == picture(int(path.stem))
        expected = (UUID(ids[0]), "active") if fate is Fate.TRANSFER else (UUID(ids[1]), "trashed")
        assert {(row["owner"], row["state"]) for row in rows} == {expected}
        on_volume = {path.name for path in web.settings.storage_path.iterdir() if path.name.count("-") == 4}
        assert on_volume == {str(row["id"]) for row in rows}


async def test_two_who_leave_to_each_other_do_not_both_go(
    database: Database, bare_web: Web, boss: None
) -> None:
    for number in range(4):
        one, two = [await add_person(database, f"{name}{number}") for name in ("one", "two")]
        for person in (one, two):
            await add_asset(database, person.user_id)
        results = await asyncio.gather(
            transfer(bare_web, one.user_id, two.user_id),
            transfer(bare_web, two.user_id, one.user_id),
            return_exceptions=True,
        )
        assert [type(result) for result in results if not isinstance(result, Left)] == [NotFound]
        owners = await database.fetch(
            "SELECT DISTINCT a.owner FROM asset a JOIN account p ON p.id = a.owner WHERE p.deleted_at IS NULL"
        )
        assert len(owners) == number + 1
