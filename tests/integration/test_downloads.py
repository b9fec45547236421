"""Selections as one archive: whole, in the viewer's own names, and cut off rather than wrong."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from appliance.library import downloads as library
from appliance.records.accounts import Role, Scope, Viewer
from tests.support.home import picture
from tests.support.uploads import stored
from tests.support.web import Web


async def chosen(browser: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    answer = await browser.post("/api/downloads", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def fetched(browser: httpx.AsyncClient, download: dict[str, Any]) -> zipfile.ZipFile:
    answer = await browser.get(download["url"])
    assert answer.status_code == 200, answer.text
    assert len(answer.content) == int(answer.headers["content-length"])
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    return archive


async def test_a_selection_comes_whole_in_its_folders_with_what_is_known_of_it(
    anna: httpx.AsyncClient,
) -> None:
    first = await stored(anna, picture(1), "a.jpg", folder="trips/snów", tags="red")
    again = await stored(anna, picture(2), "A.JPG", folder="trips/snów")
    loose = await stored(anna, picture(3), "metadata.json.jpg")
    download = await chosen(anna, ids=[loose["id"], first["id"], again["id"], first["id"]], name="été")
    assert (download["files"], download["bytes"]) == (3, sum(a["bytes"] for a in (first, again, loose)))

    archive = await fetched(anna, download)
    assert archive.namelist() == [
        "metadata.json.jpg", "trips/snów/a.jpg", "trips/snów/A (2).JPG", "metadata.json",
    ]  # fmt: skip
    assert archive.read("trips/snów/a.jpg") == picture(1)
    told = json.loads(archive.read("metadata.json"))
    assert [(each["file"], each["id"]) for each in told["assets"]] == [
        ("metadata.json.jpg", loose["id"]),
        ("trips/snów/a.jpg", first["id"]),
        ("trips/snów/A (2).JPG", again["id"]),
    ]
    assert told["assets"][1]["tags"] == ["red"]
    assert told["missing"] == []

    head = await anna.head(download["url"])
    assert "%C3%A9t%C3%A9.zip" in head.headers["content-disposition"]
    assert head.content == b""


async def test_all_that_meets_a_filter_can_be_fetched(anna: httpx.AsyncClient) -> None:
    await stored(anna, picture(1), "a.jpg", folder="trips")
    await stored(anna, picture(2), "b.jpg")
    download = await chosen(anna, filter={"folder": "trips"})
    assert (await fetched(anna, download)).namelist() == ["trips/a.jpg", "metadata.json"]


async def test_it_holds_what_one_may_see_when_it_is_fetched_and_only_for_whoever_chose_it(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    mine = await stored(bob, picture(1), "mine.jpg")
    theirs = await stored(anna, picture(2), "theirs.jpg", folder="secret above/shared")
    await stored(anna, picture(3), "hidden.jpg")
    folders = {each["name"]: each["id"] for each in (await anna.get("/api/folders")).json()}
    bob_id = (await bob.get("/api/me")).json()["id"]
    body = {"subject": bob_id, "may": "view"}
    share = await anna.post(f"/api/folders/{folders['shared']}/shares", json=body)
    assert share.status_code == 201

    hidden = (await anna.get("/api/assets")).json()["items"][0]["id"]
    assert (await bob.post("/api/downloads", json={"ids": [hidden]})).status_code == 404
    download = await chosen(bob, ids=[mine["id"], theirs["id"], hidden])
    assert download["files"] == 2
    assert (await fetched(bob, download)).namelist() == ["mine.jpg", "shared/theirs.jpg", "metadata.json"]
    assert (await anna.get(download["url"])).status_code == 404

    path = f"/api/folders/{folders['shared']}/shares/{share.json()['id']}"
    assert (await anna.delete(path)).status_code == 204
    archive = await fetched(bob, download)
    assert archive.namelist() == ["mine.jpg", "metadata.json"]
    assert "theirs" not in archive.read("metadata.json").decode()


async def test_an_original_that_is_gone_is_named_and_the_others_come(
    web: Web, anna: httpx.AsyncClient
) -> None:
    gone = await stored(anna, picture(1), "gone.jpg")
    await stored(anna, picture(2), "there.jpg")
    root: Path = web.context.appliance.volume.root
    (root / gone["id"] / "gone.jpg").unlink()
    archive = await fetched(anna, await chosen(anna, filter={}))
    assert archive.namelist() == ["there.jpg", "metadata.json"]
    told = json.loads(archive.read("metadata.json"))
    assert told["missing"] == [gone["id"]]
    assert {each["file"] for each in told["assets"]} == {None, "there.jpg"}


async def test_an_original_that_fails_under_way_ends_the_connection_and_not_the_answer(
    web: Web, anna: httpx.AsyncClient
) -> None:
    asset = await stored(anna, picture(1), "a.jpg")
    download = await chosen(anna, ids=[asset["id"]])
    path: Path = web.context.appliance.volume.root / asset["id"] / "a.jpg"
    (row,) = await web.db.fetch("SELECT id, name FROM account")
    viewer = Viewer(user_id=row["id"], name=row["name"], role=Role.ADMIN, scopes=frozenset(Scope))
    store = web.context.appliance.store
    _, archive = await library.open_archive(web.db, viewer, UUID(download["id"]), store=store)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(RuntimeError, match="size"):
        async for _ in archive.chunks():
            pass


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ids": []},
        {"ids": ["x"]},
        {"ids": ["00000000-0000-0000-0000-000000000000"], "filter": {}},
        {"filter": {}, "name": "../x"},
        {"filter": {"folder": "a/../b"}},
    ],
)
async def test_a_selection_that_is_none_is_refused(anna: httpx.AsyncClient, body: dict[str, Any]) -> None:
    answer = await anna.post("/api/downloads", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


async def test_a_selection_that_expired_or_never_was_is_not_found(web: Web, anna: httpx.AsyncClient) -> None:
    await stored(anna, picture(1), "a.jpg")
    download = await chosen(anna, filter={})
    await web.db.fetch("UPDATE download SET expires_at = now()")
    assert (await anna.get(download["url"])).status_code == 404
    unknown = "/api/downloads/00000000-0000-0000-0000-000000000000"
    assert (await anna.get(unknown)).status_code == 404
