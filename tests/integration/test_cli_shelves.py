"""``scene-sense tag|album``: the same on the server and over HTTP."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import pytest

from appliance.db import accounts
from appliance.library.accounts import SCOPES_OF_ROLE
from appliance.library.keys import create_key
from appliance.library.organise import edit_asset
from appliance.records.accounts import Role, Viewer
from appliance.records.organise import Changes
from tests.conftest import MakeSettings
from tests.support.cli import Desk, Said, elsewhere, listening, on_the_server
from tests.support.rows import add_asset
from tests.support.web import open_web


@pytest.fixture(params=["here", "over http"])
async def desk(
    request: pytest.FixtureRequest, make_settings: MakeSettings, database_url: str
) -> AsyncIterator[Desk]:
    """The desk of anna; ben is here as well."""
    settings = make_settings(database_url=database_url, redis_url="redis://127.0.0.1:1")
    async with AsyncExitStack() as stack:
        web = await stack.enter_async_context(open_web(settings))
        async with web.client() as browser:
            await web.set_up(browser)
        await accounts.insert(web.db, name="ben", password_hash="x", role=Role.MEMBER)
        if request.param == "here":
            yield on_the_server(web)
            return
        anna = await viewer(web.db, "anna")
        _, key = await create_key(
            web.db, user_id=anna.user_id, role=Role.ADMIN, name="test",
            scopes=SCOPES_OF_ROLE[Role.MEMBER], expires_days=1,
        )  # fmt: skip
        yield elsewhere(web, await stack.enter_async_context(listening(web)), key)


async def viewer(db: Any, name: str) -> Viewer:
    found = await accounts.find_by_name(db, name)
    assert found is not None
    user = found[0]
    return Viewer(user.id, user.name, user.role, SCOPES_OF_ROLE[user.role])


async def pictures(desk: Desk, *tags: str, owner: str = "anna") -> list[str]:
    """The ids of as many pictures as tags are given, each with its tag."""
    person, made = await viewer(desk.web.db, owner), []
    for number, tag in enumerate(tags):
        asset = await add_asset(desk.web.db, person.user_id, filename=f"{owner}{number}.jpg")
        await edit_asset(desk.web.db, person, asset, Changes(tags=(tag,)))
        made.append(str(asset))
    return made


async def typed(desk: Desk, *arguments: str) -> Said:
    said = await desk.type(*arguments)
    assert (said.code, said.err) == (0, ""), said
    return said


async def tags(desk: Desk) -> dict[str, tuple[int, str | None]]:
    said = await typed(desk, "tag", "list", "--json")
    return {tag["name"]: (tag["count"], tag["color"]) for tag in said.json}


async def noted(desk: Desk, kind: str) -> list[str]:
    rows = await desk.web.db.fetch("SELECT action FROM audit WHERE action LIKE {} ORDER BY id", f"{kind}.%")
    return [row["action"] for row in rows]


async def test_tags_are_renamed_merged_coloured_and_removed_and_pictures_stay(desk: Desk) -> None:
    await pictures(desk, "dog", "hound", "sea")
    await typed(desk, "tag", "rename", "DOG", "animal/dog")
    await typed(desk, "tag", "merge", "hound", "Animal/Dog")
    coloured = await typed(desk, "tag", "colour", "animal/dog", "#C0FFEE", "--json")
    assert (coloured.json["name"], coloured.json["color"], coloured.json["count"]) == (
        "animal/dog",
        "#c0ffee",
        2,
    )
    gone = await typed(desk, "tag", "remove", "sea")
    assert gone.out == "The tag sea is gone; it was on 1.\n"
    assert await tags(desk) == {"animal/dog": (2, "#c0ffee")}
    assert (await typed(desk, "tag", "list")).out == "2  animal/dog  #c0ffee\n"
    assert (await typed(desk, "tag", "colour", "animal/dog", "none")).out == "2  animal/dog\n"
    assert len(await desk.web.db.fetch("SELECT id FROM asset WHERE state = 'active'")) == 3
    assert await noted(desk, "asset.tag") == [
        "asset.tag.edit", "asset.tag.merge", "asset.tag.edit", "asset.tag.delete", "asset.tag.edit",
    ]  # fmt: skip


async def test_an_album_is_made_filled_shown_emptied_and_deleted_and_pictures_stay(desk: Desk) -> None:
    one, two, three = await pictures(desk, "a", "b", "c")
    made = await typed(desk, "album", "create", "Best of", "--description", "the best", "--json")
    assert (made.json["name"], made.json["description"], made.json["by_rule"]) == (
        "Best of",
        "the best",
        False,
    )
    added = await typed(desk, "album", "add", "best OF", three, one)
    assert added.out == "2 pictures came in\n"
    assert (await typed(desk, "album", "add", made.json["id"], two, one, "--json")).json == {"changed": 1}
    shown = await typed(desk, "album", "show", "Best of", "--json")
    assert [item["id"] for item in shown.json["items"]] == [three, one, two]
    assert (shown.json["album"]["count"], shown.json["more"], shown.json["shares"]) == (3, False, [])
    first = await desk.type("album", "show", "Best of", "--limit", "1")
    assert (first.code, f"{three}  anna2.jpg" in first.out, one in first.out) == (0, True, False)
    assert first.err == "the first 1 of 3; --limit shows more\n"
    assert (await typed(desk, "album", "remove", "Best of", one)).out == "1 picture went out\n"
    assert "2 pictures" in (await typed(desk, "album", "list")).out
    assert (await typed(desk, "album", "delete", "Best of")).out == "The album Best of is gone.\n"
    assert (await typed(desk, "album", "list", "--json")).json == []
    assert len(await desk.web.db.fetch("SELECT id FROM asset WHERE state = 'active'")) == 3
    assert await noted(desk, "album") == [
        "album.create", "album.add", "album.add", "album.remove", "album.delete",
    ]  # fmt: skip


async def test_an_album_by_rule_holds_what_meets_it(desk: Desk) -> None:
    one, _, three = await pictures(desk, "sea", "alps", "sea/deep")
    said = await typed(desk, "album", "create", "Water", "--tag", "Sea", "--type", "image", "--json")
    assert (said.json["by_rule"], said.json["count"]) == (True, 2)
    shown = await typed(desk, "album", "show", "Water", "--json")
    assert {item["id"] for item in shown.json["items"]} == {one, three}
    refused = await desk.type("album", "add", "Water", one)
    assert (refused.code, refused.out) == (1, "")
    assert "rule" in refused.err


async def test_an_album_is_shared_changed_and_closed_again(desk: Desk) -> None:
    await typed(desk, "album", "create", "Ours")
    assert (await typed(desk, "album", "share", "Ours", "--with", "BEN")).out == "shared with ben, to view\n"
    open_to_add = await typed(desk, "album", "share", "Ours", "--with", "ben", "--add", "--json")
    assert (open_to_add.json["subject"]["name"], open_to_add.json["may"]) == ("ben", "add")
    await typed(desk, "album", "share", "Ours", "--everybody")
    shown = (await typed(desk, "album", "show", "Ours")).out
    assert "ben, to add" in shown
    assert "everybody, to view" in shown
    rows = await desk.web.db.fetch("SELECT subject, may FROM share ORDER BY may")
    ben = (await viewer(desk.web.db, "ben")).user_id
    assert [(row["subject"], row["may"]) for row in rows] == [(ben, "add"), (None, "view")]
    ended = await typed(desk, "album", "share", "Ours", "--with", "ben", "--end")
    assert ended.out == "no longer shared with ben\n"
    assert [row["subject"] for row in await desk.web.db.fetch("SELECT subject FROM share")] == [None]
    again = await desk.type("album", "share", "Ours", "--with", "ben", "--end")
    assert (again.code, again.err.count("\n")) == (1, 1)
    assert await noted(desk, "album") == ["album.create", *["album.share"] * 3, "album.unshare"]


async def test_of_two_albums_of_one_name_the_id_says_which(desk: Desk) -> None:
    first, second = [(await typed(desk, "album", "create", "Twice", "--json")).json["id"] for _ in range(2)]
    unclear = await desk.type("album", "delete", "twice")
    assert (unclear.code, unclear.out) == (2, "")
    assert first in unclear.err
    assert second in unclear.err
    await typed(desk, "album", "delete", first)
    assert [album["id"] for album in (await typed(desk, "album", "list", "--json")).json] == [second]


WRONG: list[tuple[list[str], int, str]] = [
    (["tag", "rename", "nothing", "x"], 1, "no tag nothing"),
    (["tag", "rename", "sea", "a,b"], 2, "without commas"),
    (["tag", "merge", "sea", "sea"], 2, "into itself"),
    (["tag", "colour", "sea", "red"], 2, "#c0ffee"),
    (["tag", "remove"], 2, "TAG"),
    (["album", "show", "nothing"], 1, "no album nothing"),
    (["album", "create", "  "], 2, "name"),
    (["album", "add", "Ours", "x"], 2, "UUID"),
    (["album", "add", "Ours", str(UUID(int=7))], 1, "not there"),
    (["album", "share", "Ours"], 2, "--everybody"),
    (["album", "share", "Ours", "--with", "ben", "--everybody"], 2, "--with"),
    (["album", "share", "Ours", "--with", "nobody"], 1, "nobody else called nobody"),
    (["album", "share", "Ours", "--everybody", "--add", "--end"], 2, "together"),
]


async def test_a_wrong_input_is_one_line(desk: Desk) -> None:
    await pictures(desk, "sea")
    await typed(desk, "album", "create", "Ours")
    for arguments, code, says in WRONG:
        said = await desk.type(*arguments)
        assert (said.code, said.out, said.err.count("\n")) == (code, "", 1), said
        assert says.lower() in said.err.lower()


async def test_here_it_is_the_named_account_and_what_it_may_do(desk: Desk) -> None:
    if "DATA_PATH" not in desk.environment:
        said = await desk.type("tag", "list", "--server", "http://127.0.0.1:1", "--user", "ben")
        assert said.code == 2
        return
    await pictures(desk, "anna's", "shared")
    await pictures(desk, "ben's", owner="ben")
    assert (await typed(desk, "tag", "list", "--user", "ben", "--json")).json[0]["name"] == "ben's"
    await typed(desk, "album", "create", "Mine", "--user", "ben")
    assert (await desk.type("album", "show", "Mine")).code == 1
    await desk.web.db.fetch("UPDATE account SET role = 'viewer' WHERE name = 'ben'")
    for arguments in (["album", "delete", "Mine"], ["tag", "remove", "ben's"]):
        refused = await desk.type(*arguments, "--user", "ben")
        assert (refused.code, refused.err) == (1, "scene-sense: The account ben may only look.\n")
