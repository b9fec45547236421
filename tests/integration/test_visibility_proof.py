"""The helper is the only way: made to say no, it leaves nobody anything of any asset, their own included.

Every declared operation is asked, so that a new one is covered by itself; with the helper as it is they do give what
they are for.
"""

import hashlib
import json
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from piccolo.querystring import QueryString

from appliance.db import visibility
from appliance.library.embed import claim, embed
from appliance.records.accounts import Scope
from tests.conftest import MakeSettings
from tests.support.albums import make_album, put
from tests.support.home import open_home, parts_of, picture
from tests.support.uploads import stored
from tests.support.web import Web, open_web
from web.auth.policy import ROLES
from web.operation import Operation
from web.routes import OPERATIONS

NAME, TAG, TEXT, FOLDER = "holiday-7391.jpg", "tag7391", "words 7391", "folder7391"

#: A search has something to find, what happened has happened, and a stream has an end.
QUERIES = {
    "search": {"q": "a picture", "limit": "50"},
    "list_suggestions": {"q": "tag:tag7"},
    "watch": {"after": "0", "seconds": "0"},
    "list_changes": {"after": "0"},
    "find_rendition": {"h": "100"},
}

#: What uploads in pieces want to be told.
TUS = {
    "Tus-Resumable": "1.0.0",
    "Upload-Offset": "0",
    "Content-Type": "application/offset+octet-stream",
}

#: The id of nothing.
NOBODY = str(UUID(int=1))

#: What an operation about assets is sent; each of them that takes a body has to have one here.
BODIES: dict[str, Any] = {
    "check_uploads": [{"sha256": hashlib.sha256(picture(1)).hexdigest(), "size": len(picture(1))}],
    "edit_asset": {"favourite": True},
    "get_batch": {"ids": ["@asset"]},
    "search_terms": {"terms": [{"text": "a picture"}]},
    "choose_download": {"filter": {}},
    "create_folder": {"path": "another"},
    "retry_failures": {},
    "discard_failures": {},
    "merge_folder": {"into": NOBODY},
    "create_tag": {"name": "another"},
    "edit_tag": {"name": "another"},
    "merge_tag": {"into": NOBODY},
    "suggest_for_selection": {"ids": ["@asset"]},
    "judge_tag_suggestions": {"reject": ["@asset"]},
    "keep_duplicates_apart": {"ids": ["@asset"]},
    "keep_one_duplicate": {"keep": "@asset", "trash": [NOBODY]},
    "undo_keep_one": {"edits": [NOBODY]},
    "create_edit": {"changes": {"favourite": True}, "filter": {}, "revision": "of long ago"},
    "edit_folder": {"name": "another"},
    "share_folder": {"subject": None, "may": "view"},
    "retry_jobs": {},
    "create_album": {"name": "another"},
    "edit_album": {"name": "another"},
    "add_album_assets": {"ids": [str(UUID(int=1))]},
    "remove_album_assets": {"ids": [str(UUID(int=1))]},
    "order_album_assets": {"ids": [str(UUID(int=1))]},
    "share_album": {"subject": None, "may": "view"},
    "save_search": {"name": "another", "q": "a picture"},
    "edit_saved_search": {"name": "another"},
}

ABOUT_ASSETS = {Scope.ASSET_READ, Scope.ASSET_WRITE, Scope.SEARCH_READ}

#: Tells administrators what was done with which id, and nothing else of an asset.
LOG = "list_audit"

#: Says again which ids it was asked for.
ECHO = "get_batch"

PROTECTED = tuple(operation for operation in OPERATIONS if operation.permission in ROLES)


@dataclass(frozen=True)
class Library:
    """One picture, indexed, in an album, with everything that can be said of it; another one is in the trash."""

    web: Web
    anna: httpx.AsyncClient
    asset: dict[str, Any]
    trashed: dict[str, Any]
    album: str

    @property
    def marks(self) -> tuple[bytes, ...]:
        """What an answer that gives something of an asset has in it."""
        told = [NAME, TAG, TEXT]
        told += [str(each[key]) for each in (self.asset, self.trashed) for key in ("id", "thumbhash")]
        return (*(text.encode() for text in told), picture(1), picture(2))

    async def ask(self, operation: Operation, asset_id: UUID | str) -> httpx.Response:
        about_album = operation.path.startswith("/api/albums/")
        samples = {"uuid": self.album if about_album else str(asset_id), "int": "240", "": "sample"}
        path = operation.path.replace("{version:int}", "1").replace("{month}", "undated")
        path = re.sub(r"\{\w+:?(\w*)\}", lambda found: samples[found.group(1)], path)
        options: dict[str, Any] = {"params": QUERIES.get(operation.name, {})}
        if operation.path == "/api/uploads/{id:uuid}":
            options["headers"] = TUS
        if operation.body is not None:
            body = json.dumps(BODIES.get(operation.name, {}))
            options["json"] = json.loads(body.replace("@asset", str(asset_id)))
        if operation.name == "upload_asset":
            options["files"] = {"file": (NAME, picture(1))}
        return await self.anna.request(operation.method, path, **options)

    def gives(self, answer: httpx.Response) -> bool:
        is_picture = answer.headers.get("content-type", "").startswith("image/")
        return is_picture or any(mark in answer.content for mark in self.marks)


@pytest.fixture
async def library(make_settings: MakeSettings, database_url: str) -> AsyncIterator[Library]:
    settings = make_settings(
        database_url=database_url, redis_url="redis://127.0.0.1:1", free_space_floor_bytes=0
    )
    async with open_web(settings) as web, web.signed_in() as anna:
        asset = await stored(anna, picture(1), NAME, folder=FOLDER, tags=TAG)
        trashed = await stored(anna, picture(2), NAME)
        await anna.patch(f"/api/assets/{asset['id']}", json={"description": TEXT})
        async with open_home(settings) as home:
            parts = parts_of(home)
            while claims := await claim(parts, limit=16):
                await embed(parts, claims)
        await web.db.fetch("UPDATE job SET state = 'failed' WHERE asset = {}", UUID(asset["id"]))
        answer = await anna.delete(f"/api/assets/{trashed['id']}")
        assert answer.status_code == 200
        album = await make_album(anna)
        await put(anna, album, asset)
        yield Library(web, anna, asset, trashed, album)


def say_no(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the helper show nothing to anybody, wherever it was imported to."""

    def nothing(*args: object, **options: object) -> QueryString:
        return QueryString("FALSE")

    def no_parts(*args: object, **options: object) -> tuple[QueryString, ...]:
        return (QueryString("FALSE"),)

    for name, answer in (
        ("visible_to", nothing),
        ("owned_by", nothing),
        ("own_words", nothing),
        ("belongs_to", nothing),
        ("visible_parts", no_parts),
    ):
        real = getattr(visibility, name)
        for module in list(sys.modules.values()):
            if getattr(module, name, None) is real:
                monkeypatch.setattr(module, name, answer)


def test_every_operation_about_assets_is_sent_something_that_it_takes() -> None:
    wanting = {each.name for each in PROTECTED if each.body is not None and each.scope in ABOUT_ASSETS}
    assert wanting == set(BODIES)


async def test_the_check_of_the_check_operations_give_what_they_are_for(library: Library) -> None:
    giving = {
        operation.name
        for operation in PROTECTED
        if operation.method == "GET" or operation.reads_only
        if library.gives(await library.ask(operation, library.asset["id"]))
    }
    assert giving - {LOG} == {
        "check_uploads",
        "list_assets",
        "get_asset",
        "get_batch",
        "get_bucket",
        "get_facets",
        "get_failures",
        "get_original",
        "get_rendition",
        "list_changes",
        "watch",
        "search",
        "search_terms",
        "list_trash",
        "list_suggestions",
        "list_tags",
        "list_jobs",
        "list_albums",
        "get_album",
        "list_album_assets",
    }


async def test_without_the_helper_nobody_gets_anything_of_any_asset(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    say_no(monkeypatch)
    for operation in PROTECTED:
        for asset in (library.asset, library.trashed):
            answer = await library.ask(operation, asset["id"])
            assert answer.status_code < 500, (operation.name, answer.text)
            assert operation.name in {LOG, ECHO} or not library.gives(answer), (operation.name, answer.text)
            is_by_id = "{id:uuid}" in operation.path and not operation.path.startswith("/api/albums/")
            if operation.scope in ABOUT_ASSETS and is_by_id:
                assert answer.status_code == 404, (operation.name, answer.text)
    for path in ("/api/assets", "/api/trash"):
        assert (await library.anna.get(path)).json()["items"] == []
    batch = await library.anna.post("/api/assets/batch", json={"ids": [library.asset["id"]]})
    assert batch.json() == {"items": [], "missing": [library.asset["id"]]}
    like = await library.anna.get("/api/search", params={"like": library.asset["id"]})
    assert like.status_code == 404
    assert (await library.anna.get("/api/status")).json()["assets"] == 0
    assert [each["assets"] for each in (await library.anna.get("/api/folders")).json()] == [0, 0]


async def test_what_they_asked_for_changed_nothing(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    before = await library.web.db.fetch("SELECT * FROM asset ORDER BY id")
    with monkeypatch.context() as patched:
        say_no(patched)
        for operation in PROTECTED:
            if operation.scope in ABOUT_ASSETS:
                await library.ask(operation, library.asset["id"])
    assert await library.web.db.fetch("SELECT * FROM asset ORDER BY id") == before
