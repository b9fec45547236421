"""Changes of many pictures at once: what is done, what is refused, and how it is taken back."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from piccolo.querystring import QueryString

from appliance.db import accounts
from appliance.db.changes import revision
from appliance.library.accounts import viewer_of
from appliance.library.edits import step
from appliance.library.sweep import sweep
from appliance.records.accounts import Viewer
from tests.support.home import picture
from tests.support.rows import add_asset, add_many, count
from tests.support.uploads import stored
from tests.support.web import Web


async def me(client: httpx.AsyncClient) -> UUID:
    return UUID((await client.get("/api/me")).json()["id"])


async def viewer(web: Web, client: httpx.AsyncClient) -> Viewer:
    user = await accounts.find(web.db, await me(client))
    assert user is not None
    return viewer_of(user)


async def pictures(web: Web, client: httpx.AsyncClient, number: int = 3) -> list[str]:
    owner = await me(client)
    return [str(await add_asset(web.db, owner, filename=f"{n}.jpg")) for n in range(number)]


async def edit(client: httpx.AsyncClient, ids: list[str], *, status: int = 201, **changes: Any) -> Any:
    answer = await client.post("/api/edits", json={"changes": changes, "ids": ids})
    assert answer.status_code == status, answer.text
    return answer.json()


async def undo(client: httpx.AsyncClient, edit_id: str) -> Any:
    answer = await client.post(f"/api/edits/{edit_id}/undo")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def assets(client: httpx.AsyncClient, ids: list[str]) -> list[Any]:
    return [(await client.get(f"/api/assets/{each}")).json() for each in ids]


def without(asset: Any, *names: str) -> Any:
    return {name: value for name, value in asset.items() if name not in names}


async def test_many_are_changed_at_once_and_taken_back(web: Web, anna: httpx.AsyncClient) -> None:
    ids = await pictures(web, anna)
    await anna.patch(f"/api/assets/{ids[0]}", json={"tags": ["Sea", "old"], "folder": "there", "rating": 1})
    before = await assets(anna, ids)
    made = await edit(
        anna,
        ids,
        add_tags=["sea", "animal/dog"],
        remove_tags=["OLD", "never"],
        folder="Trips/Rome",
        favourite=True,
        rating=5,
        description="all of them",
        ttl="30d",
        taken={"local": "2019-05-01T12:00:00", "offset_minutes": 120},
    )
    assert (made["state"], made["total"], made["done"], made["skipped"]) == ("done", 3, 3, 0)
    for number, asset in enumerate(await assets(anna, ids)):
        assert asset["tags"] == ["animal/dog", "Sea"]
        assert (asset["folder"], asset["favourite"], asset["rating"]) == ("Trips/Rome", True, 5)
        assert asset["taken"] == {"local": "2019-05-01T12:00:00", "offset_minutes": 120, "source": "person"}
        assert asset["expires_at"] is not None
        assert asset["revision"] == before[number]["revision"] + 1
    back = await undo(anna, made["id"])
    assert (back["state"], back["undone"], back["kept"]) == ("undone", 3, 0)
    after = await assets(anna, ids)
    assert [without(each, "revision") for each in after] == [without(each, "revision") for each in before]
    # The words that it had made are gone with it, those that were there are not
    assert {tag["name"] for tag in (await anna.get("/api/tags")).json()} == {"Sea", "old"}
    again = await anna.post(f"/api/edits/{made['id']}/undo")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert [each["id"] for each in (await anna.get("/api/edits")).json()] == [made["id"]]


async def test_what_was_changed_since_is_kept_as_it_is(web: Web, anna: httpx.AsyncClient) -> None:
    ids = await pictures(web, anna)
    made = await edit(anna, ids, rating=5)
    await anna.patch(f"/api/assets/{ids[1]}", json={"description": "mine"})
    await anna.delete(f"/api/assets/{ids[2]}")
    back = await undo(anna, made["id"])
    assert (back["undone"], back["kept"]) == (1, 2)
    assert [each["rating"] for each in await assets(anna, ids)] == [None, 5, 5]


async def test_trash_and_restore_are_taken_back_with_their_moments(web: Web, anna: httpx.AsyncClient) -> None:
    ids = await pictures(web, anna)
    await anna.patch(f"/api/assets/{ids[0]}", json={"ttl": "9d"})
    await anna.delete(f"/api/assets/{ids[1]}")
    before = [without(each, "revision") for each in await assets(anna, ids)]
    gone = await edit(anna, ids, trash=True)
    assert (gone["done"], gone["skipped"]) == (2, 1)
    assert {each["state"] for each in await assets(anna, ids)} == {"trashed"}
    await undo(anna, gone["id"])
    assert [without(each, "revision") for each in await assets(anna, ids)] == before
    back = await edit(anna, ids, restore=True)
    assert (back["done"], back["skipped"]) == (1, 2)
    await undo(anna, back["id"])
    assert [without(each, "revision") for each in await assets(anna, ids)] == before


async def test_what_was_emptied_and_is_restored_by_an_edit_lives_and_is_emptied_again_once_that_is_taken_back(
    web: Web, anna: httpx.AsyncClient
) -> None:
    ids = await pictures(web, anna, 1)
    await anna.delete(f"/api/assets/{ids[0]}")
    assert (await anna.post("/api/trash/empty", json={"ids": ids})).status_code == 200
    asked = "SELECT state, purge_asked FROM asset"
    back = await edit(anna, ids, restore=True)
    assert await web.db.fetch_one(asked) == {"state": "active", "purge_asked": False}
    await undo(anna, back["id"])
    assert await web.db.fetch_one(asked) == {"state": "trashed", "purge_asked": True}


async def test_lives_are_extended_and_shortened_each_from_its_own(web: Web, anna: httpx.AsyncClient) -> None:
    ids = await pictures(web, anna)
    await anna.patch(f"/api/assets/{ids[0]}", json={"ttl": "10d"})
    await anna.patch(f"/api/assets/{ids[1]}", json={"ttl": "90d"})

    async def days() -> list[int | None]:
        return [
            each["expires_at"]
            and round((datetime.fromisoformat(each["expires_at"]) - datetime.now(UTC)) / timedelta(days=1))
            for each in await assets(anna, ids)
        ]

    assert (await edit(anna, ids, extend="5d"))["skipped"] == 1
    assert await days() == [15, 95, None]
    await edit(anna, ids, at_most="30d")
    assert await days() == [15, 30, 30]
    await edit(anna, ids, ttl="never")
    assert await days() == [None, None, None]


async def test_each_gets_those_of_several_changes_that_can_be_done_with_it(
    web: Web, anna: httpx.AsyncClient
) -> None:
    ids = await pictures(web, anna)
    await anna.patch(f"/api/assets/{ids[0]}", json={"ttl": "10d"})
    await anna.patch(f"/api/assets/{ids[1]}", json={"taken": {"local": "2020-02-03T04:05:06"}})
    before = await assets(anna, ids)
    done = await edit(anna, ids, extend="5d", shift_taken_minutes=60, add_tags=["sea"])
    assert (done["done"], done["skipped"]) == (3, 0)
    after = await assets(anna, ids)
    assert [each["tags"] for each in after] == [["sea"]] * 3
    assert after[0]["expires_at"] > before[0]["expires_at"]
    assert [each["expires_at"] for each in after[1:]] == [None, None]
    assert [each["taken"] and each["taken"]["local"] for each in after] == [None, "2020-02-03T05:05:06", None]
    await undo(anna, done["id"])
    drop = ("revision",)
    assert [
        {name: value for name, value in each.items() if name not in drop} for each in await assets(anna, ids)
    ] == [{name: value for name, value in each.items() if name not in drop} for each in before]
    # Without one for all, what nothing can be done with is left out.
    done = await edit(anna, ids, extend="5d", shift_taken_minutes=60)
    assert (done["done"], done["skipped"]) == (2, 1)


async def test_dates_are_shifted_and_the_file_is_never_forgotten(web: Web, anna: httpx.AsyncClient) -> None:
    ids = await pictures(web, anna, 2)
    await web.db.fetch(
        "UPDATE asset SET taken_at = '2020-02-29 23:30', taken_offset_minutes = 60, taken_source = 'exif'"
        " WHERE id = {}",
        UUID(ids[0]),
    )
    found = {"local": "2020-02-29T23:30:00", "offset_minutes": 60, "source": "exif"}
    shifted = await edit(anna, ids, shift_taken_minutes=45)
    assert (shifted["done"], shifted["skipped"]) == (1, 1)
    assert (await assets(anna, ids))[0]["taken"] == found | {
        "local": "2020-03-01T00:15:00",
        "source": "person",
    }
    await edit(anna, ids, shift_taken_minutes=-60)
    assert (await assets(anna, ids))[0]["taken"]["local"] == "2020-02-29T23:15:00"
    await edit(anna, ids, taken=None)
    assert [each["taken"] for each in await assets(anna, ids)] == [found, None]
    far = await edit(anna, ids, shift_taken_minutes=-52_594_560)
    assert far["done"] == 1
    for _ in range(20):
        far = await edit(anna, ids, shift_taken_minutes=-52_594_560)
    assert far["skipped"] == 2


async def test_a_list_as_it_was_seen_is_changed_and_no_other(web: Web, anna: httpx.AsyncClient) -> None:
    ids = await pictures(web, anna)
    await edit(anna, ids[:2], tags=["red"])
    body = {"changes": {"favourite": True}, "filter": {"tag": "RED"}}
    seen = await revision(web.db, await viewer(web, anna))
    await anna.patch(f"/api/assets/{ids[2]}", json={"tags": ["red"]})
    late = await anna.post("/api/edits", json=body | {"revision": seen})
    assert (late.status_code, late.json()["code"]) == (409, "library_changed")
    assert [each["favourite"] for each in await assets(anna, ids)] == [False] * 3
    assert len((await anna.get("/api/edits")).json()) == 1
    now = await revision(web.db, await viewer(web, anna))
    made = await anna.post("/api/edits", json=body | {"revision": now})
    assert (made.status_code, made.json()["done"]) == (201, 3)


async def test_a_filter_restores_out_of_the_trash(web: Web, anna: httpx.AsyncClient) -> None:
    ids = await pictures(web, anna)
    await edit(anna, ids[:2], trash=True)
    seen = await revision(web.db, await viewer(web, anna))
    body = {"changes": {"restore": True}, "filter": {}, "revision": seen}
    assert (await anna.post("/api/edits", json=body)).json()["done"] == 2
    assert {each["state"] for each in await assets(anna, ids)} == {"active"}


async def test_other_peoples_pictures_are_refused_by_id_and_passed_over_in_a_list(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    shared = await stored(bob, picture(1), folder="open")
    hidden = await stored(bob, picture(2))
    [folder] = (await bob.get("/api/folders")).json()
    await bob.post(f"/api/folders/{folder['id']}/shares", json={"subject": None, "may": "view"})
    mine = await pictures(web, anna, 1)
    for foreign, status in ((shared["id"], 403), (hidden["id"], 404), (str(uuid4()), 404)):
        refused = await anna.post("/api/edits", json={"changes": {"rating": 1}, "ids": [*mine, foreign]})
        assert (refused.status_code, foreign in refused.json()["detail"]) == (status, True)
    assert (await assets(anna, mine))[0]["rating"] is None
    seen = await revision(web.db, await viewer(web, anna))
    made = await anna.post(
        "/api/edits", json={"changes": {"description": "all"}, "filter": {}, "revision": seen}
    )
    assert [made.json()[name] for name in ("total", "done", "skipped")] == [2, 1, 1]
    assert (await bob.get(f"/api/assets/{shared['id']}")).json()["description"] == ""
    assert (await bob.get(f"/api/edits/{made.json()['id']}")).status_code == 404
    assert (await bob.post(f"/api/edits/{made.json()['id']}/undo")).status_code == 404


NONSENSE: list[dict[str, Any]] = [
    {},
    {"trash": True, "rating": 1},
    {"trash": True, "restore": True},
    {"trash": False},
    {"ttl": "1d", "extend": "1d"},
    {"extend": "never"},
    {"at_most": "soon"},
    {"tags": ["a"], "add_tags": ["b"]},
    {"add_tags": ["A"], "remove_tags": ["a"]},
    {"taken": None, "shift_taken_minutes": 1},
    {"taken": {"local": "2020-01-01T00:00:00Z"}},
    {"taken": {"local": 0}},
    {"taken": {"local": "2020-01-01T00:00:00", "offset_minutes": 2000}},
    {"shift_taken_minutes": 10**9},
    {"folder": "a/../b"},
    {"colour": "red"},
]


async def test_what_makes_no_sense_is_refused(web: Web, anna: httpx.AsyncClient) -> None:
    ids = await pictures(web, anna, 1)
    for changes in NONSENSE:
        assert (await edit(anna, ids, status=400, **changes))["code"] == "bad_request", changes
    unclear: list[dict[str, Any]] = [
        {},
        {"ids": []},
        {"filter": {}},
        {"revision": "x"},
        {"ids": ids, "filter": {}},
    ]
    for which in unclear:
        answer = await anna.post("/api/edits", json={"changes": {"rating": 1}, **which})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request"), which
    assert await count(web.db, "edit") == 0


async def test_a_folder_that_closes_stops_the_rest_which_can_be_taken_back(
    web: Web, anna: httpx.AsyncClient
) -> None:
    ids = [str(each) for each in await add_many(web.db, await me(anna), 1200)]
    made = await anna.post("/api/edits", json={"changes": {"folder": "gone"}, "ids": ids})
    assert (made.status_code, made.json()["state"]) == (202, "running")
    assert await step(web.db, trash_days=30)
    assert (await anna.get(f"/api/edits/{made.json()['id']}")).json()["done"] == 500
    [folder] = (await anna.get("/api/folders")).json()
    await anna.delete(f"/api/folders/{folder['id']}")
    assert await step(web.db, trash_days=30)
    failed = (await anna.get(f"/api/edits/{made.json()['id']}")).json()
    assert (failed["state"], failed["done"], failed["error_code"]) == ("failed", 500, "not_found")
    assert not await step(web.db, trash_days=30)
    # The folder's end moved them all out already, which is a change of its own
    assert (await undo(anna, failed["id"]))["kept"] == 500


@pytest.mark.parametrize("change", ["disabled_at = now()", "role = 'viewer'"])
async def test_a_right_that_is_taken_away_stops_the_rest(
    web: Web, anna: httpx.AsyncClient, change: str
) -> None:
    ids = [str(each) for each in await add_many(web.db, await me(anna), 1200)]
    made = await anna.post("/api/edits", json={"changes": {"favourite": True}, "ids": ids})
    assert made.status_code == 202
    assert await step(web.db, trash_days=30)
    await web.db.fetch("UPDATE account SET {}", QueryString(change))
    assert await step(web.db, trash_days=30)
    assert not await step(web.db, trash_days=30)
    rows = await web.db.fetch("SELECT state, done, error_code FROM edit")
    assert [(row["state"], row["done"], row["error_code"]) for row in rows] == [("failed", 500, "forbidden")]
    assert await web.db.fetch_one("SELECT count(*) AS n FROM asset WHERE favourite") == {"n": 500}


async def test_nobody_begins_more_than_a_few_large_ones_at_a_time(web: Web, anna: httpx.AsyncClient) -> None:
    ids = [str(each) for each in await add_many(web.db, await me(anna), 501)]
    body = {"changes": {"rating": 1}, "ids": ids}
    begun = [await anna.post("/api/edits", json=body) for _ in range(6)]
    assert [each.status_code for each in begun] == [202] * 5 + [429]
    assert begun[-1].json()["code"] == "too_many_edits"
    stopped = await anna.post(f"/api/edits/{begun[0].json()['id']}/undo")
    assert (stopped.status_code, stopped.json()["state"]) == (200, "undone")
    assert (await anna.post("/api/edits", json=body)).status_code == 202


async def test_old_edits_are_forgotten_and_running_ones_are_not(web: Web, anna: httpx.AsyncClient) -> None:
    ids = [str(each) for each in await add_many(web.db, await me(anna), 501)]
    old = await edit(anna, ids[:2], rating=1)
    await edit(anna, ids, status=202, rating=2)
    await web.db.fetch(
        "UPDATE edit SET created_at = now() - interval '31 days', finished_at = finished_at - interval '31 days'"
    )
    assert (await anna.post(f"/api/edits/{old['id']}/undo")).status_code == 404
    await sweep(web.context.appliance)
    assert [each["state"] for each in (await anna.get("/api/edits")).json()] == ["running"]
    assert await count(web.db, "edit_item") == 501


async def test_a_renamed_word_is_taken_off_and_a_lost_one_comes_back(
    web: Web, anna: httpx.AsyncClient
) -> None:
    ids = await pictures(web, anna, 1)
    await edit(anna, ids, tags=["lost"])
    made = await edit(anna, ids, tags=["new"])
    by_name = {tag["name"]: tag["id"] for tag in (await anna.get("/api/tags")).json()}
    await anna.patch(f"/api/tags/{by_name['new']}", json={"name": "newer"})
    await anna.delete(f"/api/tags/{by_name['lost']}")
    assert (await undo(anna, made["id"]))["undone"] == 1
    assert (await assets(anna, ids))[0]["tags"] == ["lost"]


async def test_a_picture_can_not_be_given_more_tags_than_it_may_have(
    web: Web, anna: httpx.AsyncClient
) -> None:
    ids = await pictures(web, anna, 2)
    await edit(anna, ids[:1], tags=[f"t{number}" for number in range(99)])
    made = await edit(anna, ids, add_tags=["T1", "one", "two"])
    assert (made["done"], made["skipped"]) == (1, 1)
    assert (await edit(anna, ids, add_tags=["T1", "one"]))["done"] == 2
