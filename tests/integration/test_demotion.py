"""An administrator's change that was under way when the role was taken away, or the account: it is not made."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx
import pytest

from appliance.db import people, sessions
from appliance.records.accounts import Role
from appliance.records.people import PersonChanges
from tests.conftest import MakeSettings
from tests.support.locks import held, waiting
from tests.support.rows import everything
from tests.support.sharing import me
from tests.support.waiting import eventually_async
from tests.support.web import PASSWORD, Web, open_web

#: What an administrator can do to accounts: method, path and body; ``{bob}`` and others are ids.
CHANGES = {
    "a role": ("PATCH", "/users/{bob}", {"role": "admin"}),
    "disabling": ("PATCH", "/users/{bob}", {"disabled": True}),
    "enabling oneself": ("PATCH", "/users/{anna}", {"disabled": False, "role": "admin"}),
    "a quota": ("PATCH", "/users/{bob}", {"quota_bytes": 1}),
    "deleting": ("DELETE", "/users/{bob}?assets=trash", None),
    "an account": ("POST", "/users", {"username": "eve", "password": PASSWORD, "role": "admin"}),
    "an invitation": ("POST", "/invites", {"role": "admin"}),
    "taking an invitation back": ("DELETE", "/invites/{invite}", None),
    "connecting": ("POST", "/users/{bob}/identities", {"sub": "eve"}),
    "disconnecting": ("DELETE", "/users/{bob}/identities/{identity}", None),
    "ending sessions": ("DELETE", "/users/{bob}/sessions", None),
    "ending a session": ("DELETE", "/users/{bob}/sessions/{session}", None),
}
TABLES = ("account", "invite", "identity")


@pytest.fixture
async def web(make_settings: MakeSettings, database_url: str) -> AsyncIterator[Web]:
    settings = make_settings(
        database_url=database_url,
        redis_url="redis://127.0.0.1:1",
        clip_model="not-there",
        signup="invite",
        public_url="http://localhost:8020",
        oidc_enabled="true",
        oidc_issuer="https://id.test",
        oidc_client_id="scene-sense",
        oidc_client_secret="x" * 32,
    )
    async with open_web(settings) as opened:
        yield opened


async def prepare(web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient) -> dict[str, str]:
    """Everybody's ids, and those of what there is to be taken away."""
    ids = {"anna": await me(anna), "bob": await me(bob), "identity": str(uuid4())}
    await web.db.fetch(
        "INSERT INTO identity (id, account, issuer, sub) VALUES ({}, {}, 'https://id.test', 'bob')",
        UUID(ids["identity"]), UUID(ids["bob"]),
    )  # fmt: skip
    ids["invite"] = (await anna.post("/api/admin/invites", json={"role": "viewer"})).json()["id"]
    ids["session"] = (await bob.get("/api/me/sessions")).json()[0]["id"]
    return ids


@pytest.mark.parametrize("taken", ["demoted", "disabled"])
@pytest.mark.parametrize("change", CHANGES)
async def test_what_only_an_administrator_may_is_not_done_by_who_is_none_any_more(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient, change: str, taken: str
) -> None:
    ids = await prepare(web, anna, bob)
    method, path, body = CHANGES[change]
    changes = PersonChanges(role=Role.MEMBER) if taken == "demoted" else PersonChanges(disabled=True)

    async def take_away() -> None:
        async with people.admins_held(web.db):
            await people.change_person(web.db, UUID(ids["anna"]), changes)

    async def under_way() -> bool:
        return await waiting(web.db, "pg_advisory_xact_lock")

    async with held(web.db, take_away):
        before = [await everything(web.db, table) for table in TABLES]
        request = asyncio.create_task(anna.request(method, f"/api/admin{path.format(**ids)}", json=body))
        await eventually_async(under_way)
    answer = await request
    expected = (403, "forbidden") if taken == "demoted" else (401, "unauthenticated")
    assert (answer.status_code, answer.json()["code"]) == expected
    after = [await everything(web.db, table) for table in TABLES]
    theirs = {row["id"]: row for row in before[0]}.pop(UUID(ids["anna"]))
    for row in after[0]:
        if row["id"] == theirs["id"]:
            row |= {"role": theirs["role"], "disabled_at": theirs["disabled_at"]}
    assert [sorted(rows, key=str) for rows in after] == [sorted(rows, key=str) for rows in before]
    assert len(await sessions.list_alive(web.db, UUID(ids["bob"]), idle_seconds=60)) == 1


@pytest.mark.parametrize("change", CHANGES)
async def test_who_still_administers_only_waits(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient, change: str
) -> None:
    ids = await prepare(web, anna, bob)
    method, path, body = CHANGES[change]
    answer = await anna.request(method, f"/api/admin{path.format(**ids)}", json=body)
    assert answer.status_code in {200, 201, 204}, answer.text
