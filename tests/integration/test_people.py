"""Accounts as administrators see and change them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from appliance.db import accounts, people
from appliance.errors import Conflict
from appliance.library.keys import create_key
from appliance.library.passwords import Passwords
from appliance.library.people import add_person, change_person
from appliance.records.accounts import Role, Scope
from appliance.records.people import PersonChanges
from tests.support.rows import add_asset
from tests.support.web import PASSWORD, Web


@pytest.fixture
async def anna(bare_web: Web) -> AsyncIterator[httpx.AsyncClient]:
    async with bare_web.signed_in() as browser:
        yield browser


async def made(anna: httpx.AsyncClient, name: str = "bob", **more: Any) -> dict[str, Any]:
    answer = await anna.post("/api/admin/users", json={"username": name, "password": PASSWORD, **more})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def sign_in(browser: httpx.AsyncClient, name: str, password: str = PASSWORD) -> int:
    answer = await browser.post("/api/auth/login", json={"username": name, "password": password})
    return answer.status_code


async def change(anna: httpx.AsyncClient, user: dict[str, Any], **changes: Any) -> httpx.Response:
    return await anna.patch(f"/api/admin/users/{user['id']}", json=changes)


async def test_accounts_are_listed_with_what_they_take_up(bare_web: Web, anna: httpx.AsyncClient) -> None:
    bob = await made(anna, "Bob", role="viewer", email="bob@home.test", quota_bytes=1000)
    for state in ("active", "trashed"):
        when = None if state == "active" else bob["created_at"]
        await bare_web.db.fetch(
            "UPDATE asset SET state = {}, trashed_at = {}::text::timestamptz, purge_after = now() WHERE id = {}",
            state, when, await add_asset(bare_web.db, UUID(bob["id"])),
        )  # fmt: skip
    await bare_web.db.fetch(
        "INSERT INTO identity (id, account, issuer, sub) VALUES ({}, {}, 'https://id.test', 'b')",
        uuid4(), UUID(bob["id"]),
    )  # fmt: skip
    first, second = (await anna.get("/api/admin/users")).json()
    assert (first["name"], first["role"], first["pinned"], first["has_password"]) == (
        "anna",
        "admin",
        True,
        True,
    )
    assert first["last_seen_at"] is not None
    assert second == bob | {"used_bytes": 6, "assets": 2, "identities": 1}
    assert (second["role"], second["email"], second["quota_bytes"]) == ("viewer", "bob@home.test", 1000)
    assert (second["last_seen_at"], second["disabled_at"], second["pinned"]) == (None, None, False)
    assert (await anna.get(f"/api/admin/users/{bob['id']}")).json() == second
    assert (await anna.get(f"/api/admin/users/{uuid4()}")).status_code == 404


async def test_an_account_that_was_made_is_signed_in_to(bare_web: Web, anna: httpx.AsyncClient) -> None:
    await made(anna, " Bob ")
    async with bare_web.client() as browser:
        assert await sign_in(browser, "bob") == 200
        assert (await browser.get("/api/me")).json()["role"] == "member"
        assert (await browser.get("/api/admin/users")).status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"username": "ANNA"}, 409),
        ({"username": ""}, 400),
        ({"username": "b\tb"}, 400),
        ({"username": "bob", "password": "short"}, 400),
        ({"username": "bobbobbob", "password": "bobbobbob"}, 400),
        ({"username": "bob", "role": "owner"}, 400),
        ({"username": "bob", "email": "bob"}, 400),
        ({"username": "bob", "email": "bob @home.test"}, 400),
        ({"username": "bob", "quota_bytes": -1}, 400),
        ({"username": "bob", "quota_bytes": 2**63}, 400),
        ({"username": "bob", "pinned": True}, 400),
    ],
)
async def test_an_account_that_can_not_be_is_not_made(
    bare_web: Web, anna: httpx.AsyncClient, body: dict[str, Any], status: int
) -> None:
    answer = await anna.post("/api/admin/users", json={"password": PASSWORD} | body)
    assert answer.status_code == status, answer.text
    assert len((await anna.get("/api/admin/users")).json()) == 1


async def test_another_role_gives_each_browser_a_new_token_and_ends_none(
    bare_web: Web, anna: httpx.AsyncClient
) -> None:
    bob = await made(anna)
    async with bare_web.client() as browser:
        await sign_in(browser, "bob")
        before = browser.cookies["sid"]
        token = (await browser.post("/api/auth/token", json={"username": "bob", "password": PASSWORD})).json()
        assert (await change(anna, bob, role="admin")).json()["role"] == "admin"
        assert (await browser.get("/api/me")).json()["role"] == "admin"
        assert browser.cookies["sid"] != before
    async with bare_web.script(token["access_token"]) as script:
        assert (await script.get("/api/me")).json()["role"] == "admin"
    rows = await bare_web.db.fetch("SELECT object, outcome FROM audit WHERE action = 'user.change'")
    assert rows == [{"object": f"{bob['id']} role=admin", "outcome": "ok"}]


async def test_to_send_what_is_so_already_changes_nothing(bare_web: Web, anna: httpx.AsyncClient) -> None:
    bob = await made(anna, email="bob@home.test")
    await bare_web.db.fetch("UPDATE account SET email_verified = TRUE")
    async with bare_web.client() as browser:
        await sign_in(browser, "bob")
        before = browser.cookies["sid"]
        await change(anna, bob, role="member", disabled=False, email="bob@home.test", quota_bytes=None)
        assert (await browser.get("/api/me")).status_code == 200
        assert browser.cookies["sid"] == before
    found = await accounts.find(bare_web.db, UUID(bob["id"]))
    assert found is not None
    assert found.email_verified
    anna_id = (await anna.get("/api/me")).json()["id"]
    assert (await change(anna, {"id": anna_id}, role="admin")).status_code == 200


async def test_another_address_is_not_verified(bare_web: Web, anna: httpx.AsyncClient) -> None:
    bob = await made(anna, email="bob@home.test")
    await bare_web.db.fetch("UPDATE account SET email_verified = TRUE")
    for address in ("bobby@home.test", None):
        assert (await change(anna, bob, email=address)).json()["email"] == address
        found = await accounts.find(bare_web.db, UUID(bob["id"]))
        assert found is not None
        assert not found.email_verified
    rows = await bare_web.db.fetch("SELECT object FROM audit WHERE action = 'user.change'")
    assert {row["object"] for row in rows} == {bob["id"]}


async def test_a_disabled_account_is_out_at_once_and_in_again_when_it_is_enabled(
    bare_web: Web, anna: httpx.AsyncClient
) -> None:
    bob = await made(anna)
    _, key = await create_key(
        bare_web.db, user_id=UUID(bob["id"]), role=Role.MEMBER, name="k", scopes=frozenset({Scope.ASSET_READ}),
        expires_days=1,
    )  # fmt: skip
    async with bare_web.client() as browser, bare_web.script(key) as script:
        await sign_in(browser, "bob")
        assert (await change(anna, bob, disabled=True)).json()["disabled_at"] is not None
        assert [(await who.get("/api/me")).status_code for who in (browser, script)] == [401, 401]
        assert await sign_in(browser, "bob") == 401

        assert (await change(anna, bob, disabled=False)).json()["disabled_at"] is None
        # The key works again; the session has ended for good.
        assert [(await who.get("/api/me")).status_code for who in (browser, script)] == [401, 200]
        assert await sign_in(browser, "bob") == 200


async def test_the_first_administrator_is_not_changed_from_here(
    bare_web: Web, anna: httpx.AsyncClient
) -> None:
    bob = await made(anna, role="admin")
    me = (await anna.get("/api/me")).json()
    async with bare_web.client() as browser:
        await sign_in(browser, "bob")
        for changes in ({"role": "viewer"}, {"disabled": True}):
            answer = await change(browser, me, **changes)
            assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
            assert "pinned" in answer.json()["detail"]
        answer = await browser.delete(f"/api/admin/users/{me['id']}?assets=trash")
        assert answer.status_code == 409
        assert (await change(browser, me, quota_bytes=10**9)).status_code == 200
    person = await change_person(
        bare_web.db, UUID(me["id"]), PersonChanges(role=Role.MEMBER, pinned=False), actor=None
    )
    assert (person.user.role, person.user.pinned) == (Role.MEMBER, False)
    answer = await anna.get("/api/admin/users")
    assert answer.status_code == 403
    assert (await bare_web.db.fetch("SELECT id FROM account WHERE role = 'admin'")) == [
        {"id": UUID(bob["id"])}
    ]


async def test_the_last_administrator_who_can_sign_in_stays_one(
    bare_web: Web, anna: httpx.AsyncClient
) -> None:
    me = UUID((await anna.get("/api/me")).json()["id"])
    # One without a password or an identity is not somebody who could take over, nor is a disabled one.
    unreachable = await made(anna, "carl", password=None, role="admin")
    await change(anna, await made(anna, "dora", role="admin"), disabled=True)
    for changes in (PersonChanges(role=Role.MEMBER), PersonChanges(disabled=True)):
        with pytest.raises(Conflict, match="last administrator"):
            await change_person(bare_web.db, me, changes, actor=None)
    assert (await change(anna, unreachable, role="viewer")).status_code == 200


async def test_of_two_administrators_who_demote_each_other_one_stays(bare_web: Web) -> None:
    passwords = Passwords()
    for round_number in range(5):
        pair = [
            await add_person(
                bare_web.db,
                actor=None,
                passwords=passwords,
                name=f"{name}{round_number}",
                role=Role.ADMIN,
                password=PASSWORD,
            )
            for name in ("one", "two")
        ]
        results = await asyncio.gather(
            *(
                change_person(bare_web.db, each.user.id, PersonChanges(role=Role.MEMBER), actor=each.user.id)
                for each in pair
            ),
            return_exceptions=True,
        )
        assert sorted(isinstance(result, Conflict) for result in results) == [False, True]
        admins = [each for each in await people.list_people(bare_web.db) if each.user.role is Role.ADMIN]
        assert len(admins) == 1
        await bare_web.db.fetch("UPDATE account SET role = 'member'")


async def test_invitations_of_who_administers_no_more_end(bare_web: Web, anna: httpx.AsyncClient) -> None:
    for changes in ({"role": "member"}, {"disabled": True}):
        bob = await made(anna, f"bob{len(changes)}{next(iter(changes))}", role="admin")
        await bare_web.db.fetch(
            "INSERT INTO invite (id, token_sha256, role, created_by, expires_at)"
            " VALUES ({}, {}, 'admin', {}, now() + interval '1 day')",
            uuid4(), uuid4().bytes, UUID(bob["id"]),
        )  # fmt: skip
        await change(anna, bob, **changes)
        assert await bare_web.db.fetch("SELECT id FROM invite") == []


async def test_sessions_of_others_are_listed_and_ended(bare_web: Web, anna: httpx.AsyncClient) -> None:
    bob = await made(anna)
    place = f"/api/admin/users/{bob['id']}/sessions"
    async with bare_web.client() as one, bare_web.client() as two, bare_web.client() as three:
        for browser in (one, two, three):
            await sign_in(browser, "bob")
        listed = (await anna.get(place)).json()
        assert [session["current"] for session in listed] == [False] * 3
        own = (await one.get("/api/me/sessions")).json()
        first = next(session["id"] for session in own if session["current"])
        assert (await anna.delete(f"{place}/{first}")).status_code == 204
        assert (await anna.delete(f"{place}/{first}")).status_code == 404
        assert [(await each.get("/api/me")).status_code for each in (one, two, three)] == [401, 200, 200]
        assert (await anna.delete(place)).status_code == 204
        assert [(await each.get("/api/me")).status_code for each in (one, two, three)] == [401] * 3
    # Somebody else's session is not found under this account.
    mine = (await anna.get("/api/me/sessions")).json()[0]["id"]
    assert (await anna.delete(f"{place}/{mine}")).status_code == 404
    assert (await anna.get(f"/api/admin/users/{uuid4()}/sessions")).status_code == 404
    assert (await anna.delete(f"/api/admin/users/{uuid4()}/sessions")).status_code == 404


async def test_a_change_of_nothing_and_of_nobody_is_refused(anna: httpx.AsyncClient) -> None:
    bob = await made(anna)
    assert (await change(anna, bob)).status_code == 400
    assert (await change(anna, {"id": uuid4()}, role="viewer")).status_code == 404


async def test_a_key_makes_nobody_an_administrator(bare_web: Web, anna: httpx.AsyncClient) -> None:
    me = (await anna.get("/api/me")).json()
    bob = await made(anna)
    _, key = await create_key(
        bare_web.db,
        user_id=UUID(me["id"]),
        role=Role.ADMIN,
        name="k",
        scopes=frozenset(Scope),
        expires_days=1,
    )
    async with bare_web.script(key) as script:
        assert (await script.get("/api/admin/users")).status_code == 200
        assert (await change(script, bob, role="admin")).status_code == 403
        new = {"username": "eve", "password": PASSWORD, "role": "admin"}
        assert (await script.post("/api/admin/users", json=new)).status_code == 403
        assert (await script.delete(f"/api/admin/users/{bob['id']}?assets=trash")).status_code == 403
