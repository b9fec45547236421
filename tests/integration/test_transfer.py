"""Transfers of all that somebody has: where folders come to lie, and how vectors follow."""

import asyncio
from uuid import UUID

import numpy as np
import pytest
from pgvector import HalfVector

from appliance.db import accounts, jobs, people
from appliance.db.assets import list_assets
from appliance.db.embeddings import write_batch
from appliance.db.engine import Database
from appliance.db.folders import ensure_folder, list_folders
from appliance.db.search import Nearest, find_nearest
from appliance.library import leaving
from appliance.library.folders import create_folder, get_folder, move_folder, share_folder
from appliance.library.naming import folder_path
from appliance.library.sweep import sweep
from appliance.records.accounts import Viewer
from appliance.records.jobs import Claim
from appliance.records.people import Left
from appliance.records.search import And
from appliance.records.sharing import MAX_LEVELS, SharedMay
from tests.support.leaving import transfer
from tests.support.locks import held, waiting
from tests.support.random_home import add_upload, contradictions, snapshot
from tests.support.rows import add_asset, add_model, add_person
from tests.support.waiting import eventually_async
from tests.support.web import Web

NORTH = np.array([1, 0, 0, 0], dtype=np.float32)


async def add_found(db: Database, owner: Viewer, model_id: int, *, count: int) -> set[UUID]:
    """Assets with a vector each."""
    assets = [await add_asset(db, owner.user_id) for _ in range(count)]
    for asset in assets:
        await db.fetch(
            "INSERT INTO embedding (asset, model, owner, vector) VALUES ({}, {}, {}, {})",
            asset, model_id, owner.user_id, HalfVector(NORTH),
        )  # fmt: skip
    return set(assets)


async def listed_and_found(db: Database, viewer: Viewer, model_id: int) -> tuple[set[UUID], set[UUID]]:
    wanted = Nearest(viewer, NORTH, model_id, where=And(()), besides=(), limit=100, after=None)
    listed = await list_assets(db, viewer, where=And(()), limit=100)
    hits = (await find_nearest(db, wanted)).hits
    return {asset.id for asset in listed}, {hit.asset.id for hit in hits}


async def test_folders_come_below_a_new_one_that_says_from_whom(bare_web: Web, boss: None) -> None:
    db = bare_web.db
    heir = await add_person(db, "heir")
    for number in (1, 2):
        leaver = await add_person(db, "bob/by")
        async with db.transaction():
            rome = await ensure_folder(db, leaver.user_id, "Trips/Rome")
        inside, outside = [await add_asset(db, leaver.user_id) for _ in range(2)]
        await db.fetch("UPDATE asset SET folder = {} WHERE id = {}", rome, inside)
        assert await transfer(bare_web, leaver.user_id, heir.user_id) == Left(transferred=2)
        assets = await snapshot(db)
        top = "From bob_by" if number == 1 else "From bob_by 2"
        assert (assets[inside].folder_path, assets[outside].folder_path) == (f"{top}/Trips/Rome", top)


async def test_a_tree_as_deep_as_can_be_comes_beside_that_folder_and_stays_as_deep(
    bare_web: Web, boss: None
) -> None:
    db = bare_web.db
    heir = await add_person(db, "heir")
    tall, deepest = "/".join(["tall", *"abcdefghijklmnopqrs"]), []
    for _ in range(2):
        leaver = await add_person(db, "bob")
        async with db.transaction():
            deepest.append(await ensure_folder(db, leaver.user_id, tall))
            await ensure_folder(db, leaver.user_id, tall.removesuffix("/s").replace("tall", "tall 2"))
        await add_upload(db, leaver.user_id, folder=tall.replace("tall", "new"))
        await transfer(bare_web, leaver.user_id, heir.user_id)
    assert await contradictions(db) == []
    assert [folder.path for folder in await list_folders(db, heir) if folder.parent is None] == [
        "From bob", "From bob 2", "From bob 2: tall", "From bob: tall",
    ]  # fmt: skip
    places = [await get_folder(db, heir, each) for each in deepest]
    assert [each.path for each in places] == [tall.replace("tall", f"From bob{n}: tall") for n in ("", " 2")]
    rows = await db.fetch("SELECT max(array_length(string_to_array(path, '/'), 1)) AS levels FROM folder")
    assert rows == [{"levels": MAX_LEVELS}]
    wishes = await db.fetch("SELECT request ->> 'folder' AS folder FROM upload")
    assert {folder_path(wish["folder"]) for wish in wishes} == {
        tall.removesuffix("/s").replace("tall", f"From bob{n}/new") for n in ("", " 2")
    }
    # Within such a tree folders are renamed and moved as in any other.
    assert (await move_folder(db, heir, deepest[0], name="x")).name == "x"
    assert (await move_folder(db, heir, deepest[0], parent=None)).path == "x"


async def test_vectors_that_are_being_made_meanwhile_are_the_receivers(bare_web: Web, boss: None) -> None:
    db = bare_web.db
    leaver, heir, model_id = await add_person(db, "bob"), await add_person(db, "heir"), await add_model(db)
    assets = [await add_asset(db, leaver.user_id) for _ in range(40)]
    for asset in assets:
        await jobs.add_for_sets(db, asset)
    vectors = np.tile(np.array([1, 0, 0, 0], dtype=np.float32), (4, 1))

    async def take() -> tuple[Claim, ...]:
        return await jobs.claim(db, kind=jobs.EMBED, model_id=model_id, limit=4, lease_seconds=60)

    async def work() -> None:
        while claims := await take():
            await write_batch(db, claims, vectors[: len(claims)], model_id=model_id)

    taken_before = await take()
    await asyncio.gather(work(), transfer(bare_web, leaver.user_id, heir.user_id), work())
    await write_batch(db, taken_before, vectors, model_id=model_id)
    assert await contradictions(db) == []
    found = await db.fetch("SELECT asset FROM embedding WHERE owner = {}", heir.user_id)
    assert {row["asset"] for row in found} == set(assets)


async def test_of_very_many_pictures_the_last_vectors_follow_with_the_next_sweep(
    bare_web: Web, boss: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = bare_web.db
    leaver, heir, model_id = await add_person(db, "bob"), await add_person(db, "heir"), await add_model(db)
    assets = await add_found(db, leaver, model_id, count=5)
    monkeypatch.setattr(leaving, "VECTORS_AT_ONCE", 2)
    await transfer(bare_web, leaver.user_id, heir.user_id)
    listed, found = await listed_and_found(db, heir, model_id)
    assert (listed, len(found), found < assets) == (assets, 2, True)
    # Whoever has left since passes on also what has not followed yet.
    last = await add_person(db, "last")
    await transfer(bare_web, heir.user_id, last.user_id)
    assert (await sweep(bare_web.context.appliance)).accounts_removed == 2
    assert await contradictions(db) == []
    assert await listed_and_found(db, last, model_id) == (assets, assets)


async def test_while_vectors_follow_nobody_waits_and_a_crash_then_costs_only_time(
    bare_web: Web, boss: None
) -> None:
    db = bare_web.db
    leaver, heir, model_id = await add_person(db, "bob"), await add_person(db, "heir"), await add_model(db)
    third = await add_person(db, "third")
    assets = await add_found(db, leaver, model_id, count=3)

    async def hold_vectors() -> None:
        await db.fetch("SELECT id FROM embedding FOR UPDATE")

    async def follow() -> bool:
        return await waiting(db, "UPDATE embedding")

    async with held(db, hold_vectors):
        leaves = asyncio.create_task(transfer(bare_web, leaver.user_id, heir.user_id))
        await eventually_async(follow)
        assert await accounts.find(db, leaver.user_id) is None
        assert await listed_and_found(db, heir, model_id) == (assets, set())
        async with asyncio.timeout(5):
            await add_asset(db, heir.user_id)
            mine = await create_folder(db, third, "mine")
            await share_folder(db, third, mine.id, subject=heir.user_id, may=SharedMay.ADD)
            async with people.admins_held(db):
                pass
        leaves.cancel()
        await asyncio.gather(leaves, return_exceptions=True)
    assert len(await contradictions(db)) == 3
    await sweep(bare_web.context.appliance)
    assert await contradictions(db) == []
    assert (await listed_and_found(db, heir, model_id))[1] == assets
