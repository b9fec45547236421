"""Pictures that are nearly the same come into one group as they arrive, and no others."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from appliance.db import group_work
from appliance.library.appliance import Appliance
from appliance.library.grouping import step
from appliance.records.accounts import Viewer
from tests.conftest import MakeSettings
from tests.support.alike import OTHER, SAME, cut, embed_all, jpeg, photo, png, scaled, settle
from tests.support.home import add_picture, open_home
from tests.support.rows import add_person, count
from tests.support.waiting import eventually_async
from tests.support.worker import worker
from workers.actors import group

NOON = datetime.fromisoformat("2024-05-01T12:00")


@pytest.fixture
async def home(make_settings: MakeSettings, database_url: str, redis_url: str) -> AsyncIterator[Appliance]:
    settings = make_settings(database_url=database_url, redis_url=redis_url, free_space_floor_bytes=0)
    async with open_home(settings) as appliance:
        yield appliance


@pytest.fixture
async def anna(home: Appliance) -> Viewer:
    return await add_person(home.db, "anna")


async def add(home: Appliance, viewer: Viewer, data: bytes, name: str = "a.jpg") -> UUID:
    return (await add_picture(home, viewer, data, name=name)).asset.id


async def groups(home: Appliance, kind: str = "duplicate") -> set[frozenset[UUID]]:
    rows = await home.db.fetch(
        "SELECT array_agg(asset) AS assets FROM group_member WHERE kind = {} GROUP BY group_id", kind
    )
    return {frozenset(row["assets"]) for row in rows}


async def test_what_was_made_of_a_photo_is_in_its_group_and_what_is_another_photo_is_not(
    home: Appliance, anna: Viewer
) -> None:
    wanted = set()
    for number in (0, 17):
        kin = [await add(home, anna, png(scaled(photo(number), 1.1)), f"{number}.png")]
        kin += [await add(home, anna, make(photo(number)), f"{number}-{name}") for name, make in SAME.items()]
        wanted.add(frozenset(kin))
        for name, make in OTHER.items():
            await add(home, anna, make(photo(number)), f"{number}-{name}")
    for number in range(44, 56):
        await add(home, anna, jpeg(photo(number)), f"{number}.jpg")
    await settle(home)
    assert await groups(home) == wanted
    assert await groups(home, "burst") == set()
    assert await groups(home, "alike") == wanted


async def test_a_group_grows_as_pictures_come_and_keeps_its_name(home: Appliance, anna: Viewer) -> None:
    first = await add(home, anna, SAME["png"](photo(3)))
    await settle(home)
    assert await groups(home) == set()
    second = await add(home, anna, SAME["half"](photo(3)))
    await settle(home)
    [before] = await home.db.fetch("SELECT DISTINCT group_id FROM group_member")
    third = await add(home, anna, SAME["grey"](photo(3)))
    await settle(home)
    assert await groups(home) == {frozenset({first, second, third})}
    assert await home.db.fetch("SELECT DISTINCT group_id FROM group_member") == [before]
    assert await count(home.db, "likeness_todo") == 0


async def test_a_burst_is_of_one_camera_seconds_apart_and_of_the_same(home: Appliance, anna: Viewer) -> None:
    whole = photo(5)
    frames = [
        jpeg(
            cut(whole, left=0.04 * n, right=0.12 - 0.04 * n),
            taken=NOON + timedelta(seconds=2 * n),
            camera="Canon",
        )
        for n in range(4)
    ]
    burst = [await add(home, anna, data) for data in frames]
    late = jpeg(cut(whole, left=0.05), taken=NOON + timedelta(minutes=1), camera="Canon")
    phone = jpeg(cut(whole, left=0.06), taken=NOON, camera="Pixel")
    scene = jpeg(photo(20), taken=NOON + timedelta(seconds=1), camera="Canon")
    for data in (late, phone, scene):
        await add(home, anna, data)
    await settle(home)
    assert await groups(home, "burst") == {frozenset(burst)}
    assert await groups(home) == set()


async def test_what_two_files_say_were_two_moments_is_no_duplicate(home: Appliance, anna: Viewer) -> None:
    one = await add(home, anna, jpeg(photo(8), taken=NOON, camera="Canon"))
    await add(home, anna, jpeg(photo(8), quality=70, taken=NOON + timedelta(days=1), camera="Canon"))
    copy = await add(home, anna, jpeg(scaled(photo(8), 0.5), taken=NOON, camera="Canon"))
    await settle(home)
    assert await groups(home) == {frozenset({one, copy})}


async def test_other_peoples_copies_are_no_fellows(home: Appliance, anna: Viewer) -> None:
    bob = await add_person(home.db, "bob")
    await add(home, anna, SAME["png"](photo(9)))
    await add(home, bob, SAME["half"](photo(9)))
    await settle(home)
    assert await count(home.db, "group_member") == 0


async def test_a_group_follows_what_changes_leaves_and_changes_hands(home: Appliance, anna: Viewer) -> None:
    ids = [await add(home, anna, SAME[name](photo(11))) for name in ("png", "half", "grey", "darker")]
    await settle(home)
    # A corrected date is a person's, and says nothing of whether it is the same picture.
    await home.db.fetch("UPDATE asset SET taken_at = {}, taken_source = 'person' WHERE id = {}", NOON, ids[0])
    assert await count(home.db, "likeness_todo") == 1
    await settle(home)
    assert await groups(home) == {frozenset(ids)}
    bob = await add_person(home.db, "bob")
    await home.db.fetch("UPDATE asset SET owner = {} WHERE id = {}", bob.user_id, ids[3])
    await settle(home)
    assert await groups(home) == {frozenset(ids[:3])}
    await home.db.fetch("DELETE FROM asset WHERE id = ANY({}::uuid[])", ids[1:3])
    await home.db.fetch("UPDATE asset SET owner = {} WHERE id = {}", bob.user_id, ids[0])
    await settle(home)
    assert await groups(home) == {frozenset({ids[0], ids[3]})}
    assert await home.db.fetch("SELECT DISTINCT owner FROM group_member") == [{"owner": bob.user_id}]


async def test_all_is_compared_anew_when_another_model_answers(home: Appliance, anna: Viewer) -> None:
    ids = [await add(home, anna, SAME[name](photo(12))) for name in ("png", "half")]
    await settle(home)
    await home.db.fetch("DELETE FROM alike_pair")
    await home.db.fetch("UPDATE active_model SET model = model, switched_at = now()")
    await settle(home)
    assert await count(home.db, "alike_pair") == 1
    assert await groups(home) == {frozenset(ids)}


async def test_what_a_person_keeps_apart_stays_so_whatever_comes(home: Appliance, anna: Viewer) -> None:
    one, other = sorted([await add(home, anna, SAME[name](photo(14))) for name in ("png", "half")])
    await group_work.keep_apart(home.db, [(one, other)])
    await settle(home)
    assert await groups(home) == set()
    third = await add(home, anna, SAME["grey"](photo(14)))
    await home.db.fetch("INSERT INTO likeness_todo (asset) VALUES (NULL)")
    await settle(home)
    [found] = await groups(home)
    assert third in found
    assert not {one, other} <= found


async def test_without_its_rendition_the_original_is_looked_at_and_without_either_nothing(
    home: Appliance, anna: Viewer
) -> None:
    ids = [await add(home, anna, SAME[name](photo(15)), f"{name}.png") for name in ("png", "half", "grey")]
    await settle(home)
    await home.db.fetch("DELETE FROM likeness")
    for asset in ids:
        home.cache.delete(asset)
    [path] = [
        each for each in home.volume.root.rglob("*.png") if ids[2].hex in each.parent.name.replace("-", "")
    ]
    path.unlink()
    await home.db.fetch("INSERT INTO likeness_todo (asset) VALUES (NULL)")
    await settle(home)
    assert await groups(home) == {frozenset(ids[:2])}


_KILLED = """
import asyncio, os, signal, sys
from appliance.db import group_work
from appliance.library import grouping
from appliance.library.appliance import open_appliance
from appliance.settings import load
from workers.actors.group import parts_of

async def main():
    async with open_appliance(load(), towers=frozenset(), decoder_processes=1, pool_size=2) as home:
        async def die(*_, **__):
            os.kill(os.getpid(), signal.SIGKILL)
        setattr(group_work, sys.argv[1], die)
        await grouping.step(parts_of(home))

asyncio.run(main())
"""


async def test_a_worker_that_is_killed_at_any_point_leaves_all_to_be_done_again(
    home: Appliance, anna: Viewer, database_url: str, redis_url: str
) -> None:
    await settle(home)
    ids = [await add(home, anna, SAME[name](photo(19))) for name in ("png", "half")]
    await embed_all(home)
    values = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "STORAGE_PATH": str(home.settings.storage_path),
        "CACHE_PATH": str(home.settings.cache_path),
    }
    for door in ("get_reach", "replace_pairs", "change_memberships", "delete_todo"):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _KILLED, door, env={**os.environ, **values}
        )
        assert await process.wait() == -signal.SIGKILL
        assert await count(home.db, "likeness_todo") == 2
        assert await count(home.db, "alike_pair") == 0

    async def is_done() -> bool:
        # The database needs a moment to see that who held the lock is gone.
        await settle(home)
        return await count(home.db, "likeness_todo") == 0

    await eventually_async(is_done)
    assert await groups(home) == {frozenset(ids)}


async def test_two_workers_at_once_leave_what_one_would(home: Appliance, anna: Viewer) -> None:
    ids = [await add(home, anna, SAME[name](photo(18))) for name in ("png", "half", "grey", "darker")]
    await embed_all(home)
    await asyncio.gather(*(step(group.parts_of(home)) for _ in range(3)))
    await settle(home)
    assert await groups(home) == {frozenset(ids)}


async def test_a_worker_finds_them_without_being_asked(home: Appliance, anna: Viewer) -> None:
    ids = [await add(home, anna, SAME[name](photo(21))) for name in ("png", "compressed")]

    async def is_grouped() -> bool:
        return await groups(home) == {frozenset(ids)}

    with worker(home.settings):
        await eventually_async(is_grouped, 60)
