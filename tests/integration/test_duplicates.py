"""A person sees their groups, says what is not alike, and keeps one of several; nobody else learns a thing."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from appliance.library.appliance import Appliance
from tests.conftest import MakeSettings
from tests.support.albums import contents, make_album, put
from tests.support.alike import SAME, jpeg, photo, png, scaled, settle
from tests.support.home import open_home
from tests.support.sharing import make_folder, share
from tests.support.uploads import stored
from tests.support.web import Web, open_web

PATH = "/api/duplicates"


@pytest.fixture
async def web(make_settings: MakeSettings, database_url: str) -> AsyncIterator[Web]:
    settings = make_settings(
        database_url=database_url, redis_url="redis://127.0.0.1:1", free_space_floor_bytes=0
    )
    async with open_web(settings) as opened:
        yield opened


@pytest.fixture
async def worker(web: Web) -> AsyncIterator[Appliance]:
    async with open_home(web.settings) as home:
        yield home


async def listed(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await client.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def kin(client: httpx.AsyncClient, number: int, *names: str, **fields: Any) -> list[dict[str, Any]]:
    return [
        await stored(client, SAME[name](photo(number)), f"{number}-{name}.jpg", **fields) for name in names
    ]


def ids(assets: list[dict[str, Any]]) -> list[str]:
    return [asset["id"] for asset in assets]


async def details(client: httpx.AsyncClient, asset: str) -> dict[str, Any]:
    body: dict[str, Any] = (await client.get(f"/api/assets/{asset}")).json()
    return body


async def test_groups_come_in_pages_the_newest_first_with_the_best_and_why(
    anna: httpx.AsyncClient, worker: Appliance
) -> None:
    small, large = (
        await stored(anna, jpeg(scaled(photo(0), 0.5)), "small.jpg"),
        await stored(anna, png(photo(0)), "large.png"),
    )
    second = await kin(anna, 17, "png", "grey")
    third = await kin(anna, 30, "png", "darker", "compressed")
    await stored(anna, png(photo(40)), "alone.png")
    await settle(worker)
    page = await listed(anna, limit=2)
    assert [ids(group["members"]) for group in page["items"]] == [ids(third), ids(second)]
    assert page["total"] == 3
    rest = await listed(anna, limit=2, after=page["next"])
    [group] = rest["items"]
    assert (ids(group["members"]), rest["next"], rest["total"]) == (ids([small, large]), None, 3)
    assert group["best"] == {"id": large["id"], "why": ["most_pixels"]}
    assert page["items"][1]["best"] == {"id": second[0]["id"], "why": ["oldest"]}
    assert (await anna.get(f"{PATH}/{group['id']}")).json() == group
    assert await listed(anna, kind="burst") == {"items": [], "total": 0, "next": None}
    assert (await anna.get(PATH, params={"kind": "alike"})).status_code == 400
    assert (await anna.get(PATH, params={"after": "nonsense"})).status_code == 400


async def test_one_is_kept_with_all_that_was_said_of_the_others_and_it_can_be_taken_back(
    anna: httpx.AsyncClient, worker: Appliance
) -> None:
    kept, one, two = await kin(anna, 3, "png", "half", "grey", tags="old", ttl="30d")
    album, other = await make_album(anna, "first"), await make_album(anna, "second")
    await put(anna, album, one)
    await put(anna, other, two, kept)
    said = {"favourite": True, "rating": 4, "tags": ["beach", "Old"], "ttl": "never"}
    assert (await anna.patch(f"/api/assets/{one['id']}", json=said)).status_code == 200
    said = {"rating": 2, "description": "the beach", "tags": ["dog"]}
    assert (await anna.patch(f"/api/assets/{two['id']}", json=said)).status_code == 200
    await settle(worker)
    [group] = (await listed(anna))["items"]
    before = await details(anna, kept["id"])
    body = {"keep": kept["id"], "trash": ids([one, two])}
    answer = await anna.post(f"{PATH}/{group['id']}/keep", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["trashed"] == ids([one, two])
    assert answer.json()["left_out"] == []
    after = await details(anna, kept["id"])
    assert (after["favourite"], after["rating"], after["description"]) == (True, 4, "the beach")
    assert (sorted(after["tags"], key=str.casefold), after["expires_at"]) == (["beach", "dog", "old"], None)
    assert await contents(anna, album) == ["3-png.jpg"]
    assert await contents(anna, other) == ["3-png.jpg"]
    trash = (await anna.get("/api/trash")).json()["items"]
    assert sorted(ids(trash)) == sorted(ids([one, two]))
    assert (await listed(anna))["total"] == 0
    assert (await anna.get(f"{PATH}/{group['id']}")).status_code == 404
    undone = await anna.post(f"{PATH}/undo", json={"edits": answer.json()["edits"]})
    assert undone.status_code == 200, undone.text
    assert {edit["state"] for edit in undone.json()["edits"]} == {"undone"}
    again = await details(anna, kept["id"])
    for name in ("favourite", "rating", "description", "tags", "expires_at"):
        assert again[name] == before[name], name
    assert await contents(anna, album) == ["3-half.jpg"]
    [restored] = (await listed(anna))["items"]
    assert restored["id"] == group["id"]
    assert ids(restored["members"]) == ids([kept, one, two])
    twice = await anna.post(f"{PATH}/undo", json={"edits": answer.json()["edits"]})
    assert twice.status_code == 409


async def test_what_cant_be_kept_changes_nothing(anna: httpx.AsyncClient, worker: Appliance) -> None:
    one, two = await kin(anna, 5, "png", "half")
    alone = await stored(anna, png(photo(41)), "alone.png")
    many = [f"word {number}" for number in range(100)]
    await anna.patch(f"/api/assets/{one['id']}", json={"tags": many})
    await anna.patch(f"/api/assets/{two['id']}", json={"tags": ["another"], "favourite": True})
    await settle(worker)
    [group] = (await listed(anna))["items"]
    path = f"{PATH}/{group['id']}/keep"
    for keep, trash, status in (
        (one, [alone], 404),
        (alone, [one], 404),
        (one, [one, two], 400),
        (one, [two], 409),
    ):
        answer = await anna.post(path, json={"keep": keep["id"], "trash": ids(trash)})
        assert answer.status_code == status, answer.text
    assert (await anna.post(path, json={"keep": one["id"], "trash": []})).status_code == 400
    assert (await anna.get("/api/trash")).json()["items"] == []
    assert not (await details(anna, one["id"]))["favourite"]
    assert (await anna.get("/api/edits")).json() == []


async def test_what_is_said_not_to_be_alike_never_comes_together_again(
    anna: httpx.AsyncClient, worker: Appliance
) -> None:
    one, two, three = await kin(anna, 11, "png", "half", "grey")
    await settle(worker)
    [group] = (await listed(anna))["items"]
    path = f"{PATH}/{group['id']}/apart"
    stranger = await stored(anna, png(photo(42)), "alone.png")
    assert (await anna.post(path, json={"ids": [stranger["id"]]})).status_code == 404
    assert (await anna.post(path, json={"ids": [three["id"]]})).status_code == 204
    [left] = (await listed(anna))["items"]
    assert (left["id"], ids(left["members"])) == (group["id"], ids([one, two]))
    assert (await anna.post(path, json={})).status_code == 204
    assert (await listed(anna))["total"] == 0
    await worker.db.fetch("INSERT INTO likeness_todo (asset) VALUES (NULL)")
    await settle(worker)
    assert (await listed(anna))["total"] == 0


async def test_guests_see_what_is_shared_and_do_nothing_and_strangers_learn_nothing(
    web: Web, anna: httpx.AsyncClient, worker: Appliance
) -> None:
    folder = await make_folder(anna, "shared")
    shown = await kin(anna, 14, "png", "compressed", folder="shared")
    hidden = await kin(anna, 14, "darker")
    lone = await kin(anna, 20, "png", folder="shared")
    unseen = await kin(anna, 20, "compressed")
    await settle(worker)
    groups = {len(group["members"]): group["id"] for group in (await listed(anna))["items"]}
    async with web.second_person("bob") as bob:
        for size in (2, 3):
            assert (await bob.get(f"{PATH}/{groups[size]}")).status_code == 404
        await share(anna, folder, bob)
        assert (await listed(bob))["total"] == 0
        seen = (await bob.get(f"{PATH}/{groups[3]}")).json()
        assert ids(seen["members"]) == ids(shown)
        # Of the other group one is shared: that it has a fellow is not told.
        assert (await bob.get(f"{PATH}/{groups[2]}")).status_code == 404
        body = {"keep": shown[0]["id"], "trash": [shown[1]["id"]]}
        assert (await bob.post(f"{PATH}/{groups[3]}/keep", json=body)).status_code == 403
        assert (await bob.post(f"{PATH}/{groups[3]}/apart", json={})).status_code == 403
        body = {"keep": lone[0]["id"], "trash": [unseen[0]["id"]]}
        assert (await bob.post(f"{PATH}/{groups[2]}/keep", json=body)).status_code == 404
        assert (await bob.post(f"{PATH}/{groups[2]}/apart", json={})).status_code == 404
    assert (await listed(anna))["total"] == 2
    assert (await details(anna, hidden[0]["id"]))["trashed_at"] is None
