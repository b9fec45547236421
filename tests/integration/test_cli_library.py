"""``scene-sense import|search|asset``: the same on the server and over HTTP."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from appliance.db import accounts
from appliance.library.embed import claim, embed
from appliance.library.keys import create_key
from appliance.records.accounts import Role, Scope
from tests.conftest import MakeSettings
from tests.support.cli import Desk, elsewhere, listening, on_the_server
from tests.support.corpus import NOT_PICTURES
from tests.support.home import open_home, parts_of, picture
from tests.support.rows import count
from tests.support.web import PASSWORD, open_web

PHOTOS = Path(__file__).parents[1] / "data" / "photos" / "images"


@pytest.fixture(params=["here", "over http"])
async def desk(
    request: pytest.FixtureRequest, make_settings: MakeSettings, database_url: str
) -> AsyncIterator[Desk]:
    settings = make_settings(
        database_url=database_url, redis_url="redis://127.0.0.1:1", free_space_floor_bytes=0
    )
    async with AsyncExitStack() as stack:
        web = await stack.enter_async_context(open_web(settings))
        async with web.client() as browser:
            await web.set_up(browser)
        if request.param == "here":
            yield on_the_server(web)
            return
        anna = await accounts.find_first_admin(web.db)
        assert anna is not None
        scopes = frozenset({Scope.SEARCH_READ, Scope.ASSET_READ, Scope.ASSET_WRITE})
        _, key = await create_key(
            web.db, user_id=anna.id, role=anna.role, name="test", scopes=scopes, expires_days=1
        )
        yield elsewhere(web, await stack.enter_async_context(listening(web)), key)


@pytest.fixture
def album(tmp_path: Path) -> Path:
    folder = tmp_path / "album"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.jpg").write_bytes(picture(number))
    return folder


async def embed_all(desk: Desk) -> None:
    async with open_home(desk.web.settings) as home:
        parts = parts_of(home)
        while claims := await claim(parts, limit=64):
            await embed(parts, claims)


def statuses(lines: list[dict[str, Any]]) -> dict[str, str]:
    return {Path(line["path"]).name: line["status"] for line in lines if "path" in line}


async def test_an_import_stores_and_a_repeated_one_sends_nothing(desk: Desk, album: Path) -> None:
    first = await desk.type("import", str(album))
    assert first.code == 0, first
    assert first.out.startswith("3 files: 3 stored; ")
    assert first.err.splitlines()[-1].startswith("Imported: 3/3 ")
    again = await desk.import_json(str(album))
    assert (again["duplicate"], again["stored"], again["bytes"]) == (3, 0, 0)
    rows = await desk.web.db.fetch("SELECT action FROM audit WHERE action LIKE 'asset.%'")
    assert [row["action"] for row in rows] == ["asset.upload"] * 3


async def test_a_dry_run_says_what_would_be_sent_and_sends_nothing(desk: Desk, album: Path) -> None:
    await desk.import_json(str(album / "0.jpg"))
    (album / "equal.jpg").write_bytes(picture(1))
    said = await desk.type("import", str(album), "--dry-run", "--json")
    assert said.code == 0
    assert statuses(said.lines) == {
        "0.jpg": "known", "1.jpg": "new", "2.jpg": "new", "equal.jpg": "known",
    }  # fmt: skip
    assert await count(desk.web.db, "asset") == 1
    plain = await desk.type("import", str(album), "--dry-run")
    assert f"new       {album / '1.jpg'}" in plain.out
    assert "2 would be sent, 2 there already" in plain.out.splitlines()[-1]


async def test_folders_tags_and_a_time_to_live_arrive(desk: Desk, album: Path) -> None:
    deep = album / "2021" / 'Mai "süß"'
    deep.mkdir(parents=True)
    (deep / 'ein \\ "Bild" — 日本.jpg').write_bytes(picture(10))
    options = ["--folder", "Album", "--keep-folders", "--tag", "a,b", "--tag", "Süd", "--ttl", "7d"]
    said = await desk.type("import", str(album), *options, "--json")
    assert said.code == 0, said
    by_name = {Path(line["path"]).name: line["id"] for line in said.lines[:-1]}
    shown = (await desk.type("asset", "show", by_name['ein \\ "Bild" — 日本.jpg'], "--json")).json
    assert shown["filename"] == "ein _ _Bild_ — 日本.jpg"
    assert shown["folder"] == 'Album/2021/Mai "süß"'
    assert shown["tags"] == ["a", "b", "Süd"]
    assert shown["expires_at"] is not None
    flat = (await desk.type("asset", "show", by_name["0.jpg"], "--json")).json
    assert flat["folder"] == "Album"


async def test_rubbish_is_told_apart_and_the_rest_goes_on(desk: Desk, album: Path) -> None:
    (album / "0.xmp").write_text("<x/>")
    (album / "clip.mp4").write_bytes(NOT_PICTURES["mp4"][0])
    (album / "empty.jpg").write_bytes(b"")
    (album / "text.jpg").write_text("no picture" * 20)
    (album / "cut.jpg").write_bytes(picture(5, width=800, height=600)[:4000])
    (album / "lost.jpg").symlink_to("nowhere")
    (album / "equal.jpg").write_bytes(picture(0))
    said = await desk.type("import", str(album), "--json")
    assert said.code == 1
    assert statuses(said.lines) == {
        "0.jpg": "stored", "1.jpg": "stored", "2.jpg": "stored", "equal.jpg": "duplicate",
        "0.xmp": "skipped", "clip.mp4": "skipped",
        "empty.jpg": "rejected", "text.jpg": "rejected", "cut.jpg": "rejected", "lost.jpg": "failed",
    }  # fmt: skip
    codes = {line["path"].rpartition("/")[2]: line["code"] for line in said.lines[:-1]}
    assert codes["cut.jpg"] == "file_damaged"
    assert codes["empty.jpg"] == "file_empty"
    plain = await desk.type("import", str(album))
    assert plain.code == 1
    assert "rejected" in plain.err
    assert "2 not pictures, 3 rejected, 1 failed" in plain.out
    incoming = desk.web.settings.storage_path / ".incoming"
    assert list(incoming.iterdir()) == []


async def test_companions_of_pictures_are_no_failure(desk: Desk, album: Path) -> None:
    (album / "0.xmp").write_text("<x/>")
    (album / ".nomedia").write_bytes(b"")
    summary = await desk.import_json(str(album))
    assert (summary["files"], summary["stored"], summary["skipped"]) == (4, 3, 1)


async def test_what_is_in_the_trash_comes_back(desk: Desk, album: Path) -> None:
    said = await desk.type("import", str(album / "0.jpg"), "--json")
    asset = said.lines[0]["id"]
    assert (await desk.type("asset", "trash", asset)).out.split()[:2] == [asset, "trashed"]
    assert (await desk.import_json(str(album), "--dry-run"))["trashed"] == 1
    summary = await desk.import_json(str(album))
    assert (summary["restored"], summary["stored"]) == (1, 2)
    assert (await desk.type("asset", "show", asset, "--json")).json["state"] == "active"


async def test_a_quoted_pattern_is_read(desk: Desk, album: Path) -> None:
    assert (await desk.import_json(str(album / "[01].jpg")))["stored"] == 2


async def test_an_asset_is_changed_and_only_where_it_was_said(desk: Desk, album: Path) -> None:
    said = await desk.type("import", str(album / "0.jpg"), "--tag", "old,keep", "--json")
    asset = said.lines[0]["id"]
    changed = await desk.type(
        "asset", "set", asset, "--tag", "new", "--untag", "OLD", "--folder", "a/b", "--rating", "4",
        "--favourite", "--description", "two\nlines \x1b[31m", "--ttl", "2w", "--json",
        "--taken", "2019-05-01T12:00",
    )  # fmt: skip
    assert changed.code == 0, changed
    assert changed.json["taken"] == {
        "local": "2019-05-01T12:00:00",
        "offset_minutes": None,
        "source": "person",
    }
    assert changed.json["tags"] == ["keep", "new"]
    assert (changed.json["folder"], changed.json["rating"], changed.json["favourite"]) == ("a/b", 4, True)
    assert changed.json["expires_at"] is not None
    shown = await desk.type("asset", "show", asset)
    assert "\x1b" not in shown.out
    assert "description  two lines  [31m\n" in shown.out
    back = await desk.type(
        "asset", "set", asset, "--rating", "0", "--no-favourite", "--folder", "", "--ttl", "never", "--json",
        "--taken", "file",
    )  # fmt: skip
    assert back.json["taken"] is None
    assert (back.json["folder"], back.json["rating"], back.json["favourite"]) == (None, None, False)
    assert back.json["expires_at"] is None
    assert back.json["tags"] == ["keep", "new"]
    assert back.json["description"].startswith("two\n")


async def test_one_asset_that_is_not_there_does_not_stop_the_others(desk: Desk, album: Path) -> None:
    said = await desk.type("import", str(album / "0.jpg"), "--json")
    asset, missing = said.lines[0]["id"], str(uuid4())
    both = await desk.type("asset", "trash", missing, asset)
    assert both.code == 1
    assert both.err.startswith(f"scene-sense: {missing}: ")
    assert both.out.startswith(asset)
    again = await desk.type("asset", "set", asset, "--rating", "1")
    assert (again.code, again.err.count("\n")) == (1, 1)
    assert (await desk.type("asset", "restore", asset)).code == 0
    assert (await desk.type("asset", "restore", asset)).code == 1


async def test_pictures_are_found_by_words_by_likeness_and_by_both(desk: Desk) -> None:
    await desk.import_json(str(PHOTOS), "--folder", "Photos", "--tag", "real")
    await embed_all(desk)
    found = (await desk.type("search", "a plate of food", "--limit", "5", "--json")).json
    assert len(found["items"]) == 5
    assert [hit["score"] for hit in found["items"]] == sorted(
        (hit["score"] for hit in found["items"]), reverse=True
    )
    best = found["items"][0]
    table = await desk.type(
        "search", "a plate of food", "--limit", "5", "--folder", "Photos", "--tag", "REAL"
    )
    assert [line.split()[1] for line in table.out.splitlines()] == [hit["id"] for hit in found["items"]]
    like = (await desk.type("search", "--like", best["id"], "--strength", "all", "--json")).json
    assert len(like["items"]) == 20
    assert best["id"] not in [hit["id"] for hit in like["items"]]
    both = (await desk.type("search", "snow", "--like", best["id"], "--json")).json
    assert [hit["id"] for hit in both["items"]] != [hit["id"] for hit in like["items"]]
    assert (await desk.type("asset", "set", best["id"], "--rating", "4", "--favourite")).code == 0
    chosen = uuid4()
    await desk.web.db.fetch("INSERT INTO album (id, owner, name) SELECT {}, id, 'Best' FROM account", chosen)
    await desk.web.db.fetch(
        "INSERT INTO album_asset (album, asset) VALUES ({}, {})", chosen, UUID(best["id"])
    )
    await desk.web.db.fetch(
        "UPDATE asset SET camera = CASE WHEN id = {} THEN 'Box' END, taken_at = CASE WHEN id <> {} THEN now() END",
        UUID(best["id"]), UUID(best["id"]),
    )  # fmt: skip
    for narrowed in (
        ["--favourite"],
        ["--rating", "4"],
        ["--camera", "Box"],
        ["--album", str(chosen)],
        ["--undated"],
    ):
        only = (await desk.type("search", "food", *narrowed, "--strength", "all", "--json")).json["items"]
        assert [hit["id"] for hit in only] == [best["id"]], narrowed
    without = (await desk.type("search", "food", "--camera", "", "--limit", "1000", "--json")).json["items"]
    assert best["id"] not in {hit["id"] for hit in without}
    assert without
    for nothing in (["--folder", "Other"], ["--type", "video"], ["--to", "1990-01-01"], ["--tag", "x"]):
        empty = await desk.type("search", "food", *nothing)
        assert (empty.code, empty.out, empty.err) == (0, "", "nothing found\n")


async def test_the_json_of_both_ways_has_the_same_fields(desk: Desk, album: Path) -> None:
    said = await desk.type("import", str(album / "0.jpg"), "--json")
    shown = (await desk.type("asset", "show", said.lines[0]["id"], "--json")).json
    async with desk.web.client() as browser:
        login = {"username": "anna", "password": PASSWORD}
        assert (await browser.post("/api/auth/login", json=login)).status_code == 200
        served = (await browser.get(f"/api/assets/{shown['id']}")).json()
    path = shown.pop("path")
    assert shown == served
    here = "DATA_PATH" in desk.environment
    assert (Path(path).read_bytes() == picture(0)) if here else path is None


async def test_failed_work_is_listed_and_tried_again(desk: Desk, album: Path) -> None:
    said = await desk.type("import", str(album / "0.jpg"), "--json")
    asset = said.lines[0]["id"]
    (desk.web.settings.storage_path / asset / "0.jpg").write_bytes(picture(0)[:300])
    await embed_all(desk)
    listed = await desk.type("asset", "failed")
    assert listed.out.split()[:2] == [asset, "0.jpg"]
    assert (await desk.type("asset", "failed", "--json")).json[0]["error_code"] == "file_damaged"
    (desk.web.settings.storage_path / asset / "0.jpg").write_bytes(picture(0))
    assert (await desk.type("asset", "retry", asset)).out == "1 waiting again\n"
    await embed_all(desk)
    assert (await desk.type("asset", "failed")).err == "nothing has failed\n"
    assert (await desk.type("asset", "retry", "--json")).json == {"retried": 0}


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["import"], 2, "PATH"),
        (["import", "/not/there"], 2, "/not/there"),
        (["import", "/not/*/there"], 2, "/not/*/there"),
        (["import", "/", "--ttl", "3 fortnights"], 2, "time to live"),
        (["import", "/", "--folder", "a/../b"], 2, "folder"),
        (["import", "/", "--jobs", "0"], 2, "jobs"),
        (["search"], 2, "--like"),
        (["search", "x", "--type", "tree"], 2, "--type"),
        (["search", "x", "--from", "May"], 2, "from"),
        (["search", "x", "--limit", "1001"], 2, "1000"),
        (["search", "x", "--rating", "6"], 2, "rating"),
        (["search", "x", "--album", "Best"], 2, "UUID"),
        (["search", "--like", str(uuid4())], 1, "no such"),
        (["asset", "show"], 2, "ID"),
        (["asset", "show", "x"], 2, "UUID"),
        (["asset", "show", str(uuid4())], 1, "no such"),
        (["asset", "set", str(uuid4())], 2, "what to change"),
        (["asset", "set", str(uuid4()), "--rating", "6"], 2, "rating"),
        (["asset", "set", str(uuid4()), "--ttl", "0"], 2, "1 minute"),
        (["asset", "set", str(uuid4()), "--taken", "2019-05-01T12:00Z"], 2, "local time"),
        (["asset", "retry", "--limit"], 2, "limit"),
    ],
)
async def test_a_wrong_input_is_one_line(desk: Desk, arguments: list[str], code: int, says: str) -> None:
    said = await desk.type(*arguments)
    assert (said.code, said.out) == (code, "")
    assert said.err.count("\n") == 1
    assert says in said.err


@pytest.mark.parametrize("desk", ["here"], indirect=True)
async def test_here_it_is_the_named_account_and_what_it_may_do(desk: Desk, album: Path) -> None:
    await accounts.insert(desk.web.db, name="gast", password_hash=None, role=Role.VIEWER)
    await accounts.insert(desk.web.db, name="bob", password_hash=None, role=Role.MEMBER)
    refused = await desk.type("import", str(album), "--user", "gast")
    assert refused.code == 1
    assert "gast may only look" in refused.err
    assert (await desk.import_json(str(album), "--user", "bob"))["stored"] == 3
    assert (await desk.import_json(str(album)))["stored"] == 3
    assert "no account called eve" in (await desk.type("import", str(album), "--user", "eve")).err
    await desk.web.db.fetch("UPDATE account SET disabled_at = now() WHERE name = 'bob'")
    assert "disabled" in (await desk.type("search", "x", "--user", "bob")).err


@pytest.mark.parametrize("desk", ["here"], indirect=True)
async def test_root_does_not_leave_files_that_the_appliance_cannot_read(desk: Desk, album: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can write what others can't read")
    os.chown(desk.web.settings.storage_path, 65534, 65534)
    said = await desk.type("import", str(album))
    assert said.code == 1
    assert "sudo -u '#65534'" in said.err


@pytest.mark.parametrize("desk", ["here"], indirect=True)
async def test_the_librarys_own_folders_are_not_imported_into_it(desk: Desk, album: Path) -> None:
    data = desk.web.settings.data_path
    (data / "cache").mkdir(exist_ok=True)
    (data / "cache" / "made.jpg").write_bytes(picture(77))
    summary = await desk.import_json(str(data.parent))
    assert (summary["files"], summary["stored"]) == (3, 3)


@pytest.mark.parametrize("desk", ["over http"], indirect=True)
async def test_a_key_that_is_not_taken_ends_it_at_once(desk: Desk, album: Path) -> None:
    wrong = ["--key", "ss_AAAAAAAA_" + "a" * 43]
    said = await desk.type("import", str(album), *wrong)
    assert said.code == 1
    assert "does not take this key" in said.err
    assert "3 not come to" not in said.err
    assert (await desk.type("search", "x", *wrong)).err.count("\n") == 1
    assert (await desk.type("search", "x", "--key", "böse")).code == 2


@pytest.mark.parametrize("desk", ["over http"], indirect=True)
async def test_what_was_typed_counts_for_more_than_the_environment(desk: Desk, tmp_path: Path) -> None:
    here = await desk.type("--data", str(tmp_path / "empty"), "search", "x")
    assert "embedded database" in here.err
    both = await desk.type("--data", str(tmp_path), "search", "x", "--server", "http://127.0.0.1:1")
    assert both.code == 2
    away = await desk.type("search", "x", "--server", "nas.local")
    assert (away.code, "http://nas.local:8020" in away.err) == (2, True)


async def test_before_anybody_has_an_account_it_says_what_to_do(
    make_settings: MakeSettings, database_url: str, album: Path
) -> None:
    settings = make_settings(database_url=database_url, redis_url="redis://127.0.0.1:1")
    async with open_web(settings) as web:
        said = await on_the_server(web).type("import", str(album))
    assert (said.code, said.out) == (1, "")
    assert "setup link" in said.err
