"""A household of everybody that there can be, made once and copied for each test that asks.

olga has a picture, a folder that she shares, something in the trash, a key and a second session; everything that is
hers to see says :data:`SECRET`. gus is a member and vera only looks; with both of them the folder is shared, to look
at. otto has nothing to do with it, dora is disabled, and anna runs the appliance.
"""

import shutil
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx

from appliance.db import accounts, jobs
from appliance.library.invites import create_invite
from appliance.library.keys import create_key
from appliance.library.sessions import start_session
from appliance.records.accounts import Role, Scope
from appliance.settings import Settings, load
from tests.support.home import open_home, picture
from tests.support.services import Cluster, in_thread
from tests.support.tiny_models import Tiny, make
from tests.support.uploads import stored
from tests.support.web import ORIGIN, Web, open_web
from workers.actors.embed import embed_once

#: Is in the name, the folder, the tag and the description of what is olga's, and nowhere else.
SECRET = "olgasecret"

NAME_64 = b64encode(f"{SECRET}.jpg".encode()).decode()

READ = frozenset({Scope.ASSET_READ, Scope.SEARCH_READ})


class Caller(StrEnum):
    """Who asks."""

    ANONYMOUS = "anonymous"
    EXPIRED_KEY = "expired key"
    DISABLED = "disabled"
    OTHER = "other"
    VIEWER = "viewer"
    GUEST = "guest"
    READ_KEY = "read key"
    ADMIN = "admin"
    OWNER = "owner"


_SIGNED_IN = {
    Caller.OTHER: ("otto", Role.MEMBER),
    Caller.VIEWER: ("vera", Role.VIEWER),
    Caller.GUEST: ("gus", Role.MEMBER),
    Caller.OWNER: ("olga", Role.MEMBER),
    Caller.DISABLED: ("dora", Role.MEMBER),
}

#: What belongs to olga, or happens without anybody: what a refusal must not have changed.
_KEPT = (
    "SELECT id, folder, filename, description, favourite, rating, trashed_at, expires_at, state, revision FROM asset",
    "SELECT id, owner, parent, name FROM folder",
    "SELECT id, folder, album, subject, may FROM share",
    "SELECT id, owner, name, description, cover, rule, changed_at FROM album",
    "SELECT id, album, asset, position, added_by FROM album_asset",
    "SELECT id, name, request FROM saved_search",
    "SELECT asset, tag FROM asset_tag",
    "SELECT id, name, color FROM tag",
    "SELECT tag, asset FROM tag_rejection",
    "SELECT id, state, finished_at FROM edit",
    "SELECT id, name, role, disabled_at, deleted_at, quota_bytes, password_hash, email, pinned FROM account",
    "SELECT id, revoked_at, scopes FROM api_key",
    "SELECT id, revoked_at FROM session",
    "SELECT id, issuer, sub FROM identity",
    "SELECT id, role, used_at FROM invite",
    "SELECT id, owner, status FROM transfer",
    "SELECT id, state FROM model",
    "SELECT model FROM active_model",
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the household by name: ids of objects, and each caller's credential."""

    objects: Mapping[str, str]
    cookies: Mapping[Caller, str]
    keys: Mapping[Caller, str]
    database_url: str
    folder: Path


@dataclass(frozen=True, slots=True)
class World:
    """A copy of the household, open."""

    web: Web
    facts: Facts

    def __getitem__(self, name: str) -> str:
        return self.facts.objects[name]

    def client(self, caller: Caller) -> httpx.AsyncClient:
        """The browser or the script of somebody."""
        # Each at an address of their own, so that nobody waits for what others tried.
        peer = f"10.0.0.{list(Caller).index(caller) + 1}"
        if caller in self.facts.keys:
            return self.web.script(self.facts.keys[caller], peer=peer)
        client = self.web.client(peer=peer)
        if caller in self.facts.cookies:
            client.cookies.set("sid", self.facts.cookies[caller])
        return client

    async def state(self) -> list[object]:
        """Everything that somebody without the right to must not be able to change."""
        return [
            sorted((tuple(row.values()) for row in await self.web.db.fetch(statement)), key=repr)
            for statement in _KEPT
        ]


def settings_in(folder: Path, database_url: str) -> dict[str, str]:
    """The settings of a household in this folder, as a process of its own is given them."""
    return {
        "DATA_PATH": str(folder / "data"),
        "DATABASE_URL": database_url,
        "REDIS_URL": "redis://127.0.0.1:1",
        "MODELS_PATH": str(folder / "models"),
        "CLIP_MODEL": "old",
        "FREE_SPACE_FLOOR_BYTES": "0",
        "SIGNUP": "invite",
        "PUBLIC_URL": ORIGIN,
        # A provider that is away: everything up to it is reached, and nothing waits for it.
        "OIDC_ENABLED": "true",
        "OIDC_ISSUER": "http://127.0.0.1:1",
        "OIDC_ALLOW_HTTP_ISSUER": "true",
        "OIDC_CLIENT_ID": "scene-sense",
        "OIDC_CLIENT_SECRET": "a secret of the client's",
    }


def _settings(folder: Path, database_url: str) -> Settings:
    return load(settings_in(folder, database_url))


def make_household(cluster: Cluster, folder: Path) -> Facts:
    """The household, closed again. Blocking."""
    for name, size in (("old", 12), ("new", 20)):
        make(folder / "models" / name, Tiny(image_dimension=size, text_dimension=size))
    url = cluster.clone()
    return in_thread(lambda: _make(_settings(folder, url), url, folder))


@contextmanager
def copied(cluster: Cluster, facts: Facts, folder: Path) -> Iterator[str]:
    """A copy of the household in this folder, and the URL of its database. Blocking."""
    shutil.copytree(facts.folder, folder, dirs_exist_ok=True)
    url = cluster.copy(facts.database_url)
    try:
        yield url
    finally:
        cluster.drop(url)


@asynccontextmanager
async def open_copy(cluster: Cluster, facts: Facts, folder: Path) -> AsyncIterator[World]:
    """A copy of the household, which the test may turn upside down."""
    with copied(cluster, facts, folder) as url:
        async with open_web(_settings(folder, url)) as web:
            yield World(web, facts)


async def _make(settings: Settings, url: str, folder: Path) -> Facts:
    async with open_web(settings) as web, web.client() as anna:
        await web.set_up(anna)
        cookies = {Caller.ADMIN: anna.cookies["sid"]} | await _people(web)
        owner = await accounts.find_by_name(web.db, "olga")
        assert owner is not None
        objects = await _things(web, cookies)
        keys = {}
        for caller in (Caller.READ_KEY, Caller.EXPIRED_KEY):
            made, text = await create_key(
                web.db, user_id=owner[0].id, role=Role.MEMBER, name=caller, scopes=READ, expires_days=1
            )
            keys[caller] = text
            objects[caller] = made.id
        objects["key"] = objects[Caller.READ_KEY]
        await web.db.fetch(
            "UPDATE api_key SET expires_at = now() - interval '1 hour' WHERE id = {}",
            objects[Caller.EXPIRED_KEY],
        )
        session, _ = await start_session(web.db, settings, owner[0], ip="", user_agent=SECRET)
        objects["session"] = str(session.id)
        identity = await web.db.fetch_one(
            "INSERT INTO identity (id, account, issuer, sub) VALUES (gen_random_uuid(), {}, 'https://id', 'o')"
            " RETURNING id",
            owner[0].id,
        )
        assert identity is not None
        objects["identity"] = str(identity["id"])
        await web.db.fetch("UPDATE account SET disabled_at = now() WHERE name = 'dora'")
    async with open_home(settings) as home:
        while await jobs.has_due(home.db, kind=jobs.EMBED):
            await embed_once(home)
    return Facts(objects, cookies, keys, url, folder)


async def _people(web: Web) -> dict[Caller, str]:
    """Cookies of everybody but anna, whose password they have."""
    cookies = {}
    for caller, (name, role) in _SIGNED_IN.items():
        await web.db.fetch(
            "INSERT INTO account (id, name, role, password_hash)"
            " SELECT gen_random_uuid(), {}, {}, password_hash FROM account LIMIT 1",
            name,
            role,
        )
        found = await accounts.find_by_name(web.db, name)
        assert found is not None
        _, cookies[caller] = await start_session(web.db, web.settings, found[0], ip="", user_agent="")
    return cookies


async def _things(web: Web, cookies: Mapping[Caller, str]) -> dict[str, str]:
    """The ids of what is olga's, and everybody's own, by name."""
    rows = await web.db.fetch("SELECT name, id FROM account")
    objects = {str(row["name"]): str(row["id"]) for row in rows}
    async with web.client() as olga:
        olga.cookies.set("sid", cookies[Caller.OWNER])
        asset = await stored(olga, picture(1), f"{SECRET}.jpg", folder=SECRET, tags=SECRET)
        changes = {"description": SECRET, "favourite": True, "rating": 5}
        assert (await olga.patch(f"/api/assets/{asset['id']}", json=changes)).status_code == 200
        download = (await olga.post("/api/downloads", json={"ids": [asset["id"]]})).json()
        begun = {"Tus-Resumable": "1.0.0", "Upload-Length": "5"}
        upload = await olga.post("/api/uploads", headers=begun | {"Upload-Metadata": f"filename {NAME_64}"})
        assert upload.status_code == 201, upload.text
        trashed = await stored(olga, picture(2), f"{SECRET}-2.jpg")
        assert (await olga.delete(f"/api/assets/{trashed['id']}")).status_code == 200
        (folder,) = (await olga.get("/api/folders")).json()
        (tag,) = (await olga.get("/api/tags")).json()
        other_folder = await olga.post("/api/folders", json={"path": f"{SECRET} two"})
        other_tag = await olga.post("/api/tags", json={"name": f"{SECRET} two"})
        edit = await olga.post("/api/edits", json={"changes": {"rating": 4}, "ids": [asset["id"]]})
        assert edit.status_code == 201, edit.text
        for name in ("gus", "vera"):
            body = {"subject": objects[name], "may": "view"}
            share = await olga.post(f"/api/folders/{folder['id']}/shares", json=body)
            assert share.status_code == 201, share.text
        albums = await _albums(olga, asset, {name: objects[name] for name in ("gus", "vera")})
    async with web.client() as otto:
        otto.cookies.set("sid", cookies[Caller.OTHER])
        await stored(otto, picture(3), "another.jpg")
    invite, link = await create_invite(
        web.db, web.settings, created_by=rows[0]["id"], role=Role.MEMBER, name="a cousin", expires_hours=1
    )
    return objects | {
        "asset": asset["id"],
        "version": str(asset["media_version"]),
        "sha256": asset["sha256"],
        "bytes": str(asset["bytes"]),
        "trashed": trashed["id"],
        "upload": upload.headers["location"].rpartition("/")[2],
        "download": download["id"],
        "folder": folder["id"],
        "folder two": other_folder.json()["id"],
        "tag": tag["id"],
        "tag two": other_tag.json()["id"],
        "edit": edit.json()["id"],
        "share": share.json()["id"],
        **albums,
        "invite": str(invite.id),
        "invite token": link.partition("=")[2],
    }


async def _albums(
    olga: httpx.AsyncClient, asset: Mapping[str, Any], guests: Mapping[str, str]
) -> dict[str, str]:
    """The ids of albums of olga's, by hand and by rule, which her guests may look into, and of one for herself."""
    made = {}
    for name, body in (
        ("album", {"description": SECRET}),
        ("rule album", {"rule": {"tag": SECRET}}),
        ("own album", {}),
    ):
        answer = await olga.post("/api/albums", json={"name": SECRET, **body})
        assert answer.status_code == 201, answer.text
        made[name] = str(answer.json()["id"])
        for guest in () if name == "own album" else guests.values():
            share = await olga.post(
                f"/api/albums/{made[name]}/shares", json={"subject": guest, "may": "view"}
            )
            assert share.status_code == 201, share.text
            made.setdefault("album share", str(share.json()["id"]))
    for name in ("album", "own album"):
        put = await olga.post(f"/api/albums/{made[name]}/assets", json={"ids": [asset["id"]]})
        assert put.status_code == 200, put.text
    search = await olga.post("/api/saved-searches", json={"name": SECRET, "q": SECRET})
    assert search.status_code == 201, search.text
    return made | {"search": str(search.json()["id"])}
