"""How people come in: by invitation, by themselves, or not at all."""

import asyncio
import hashlib
import logging
from typing import Any

import httpx
import pytest

from tests.conftest import MakeSettings
from tests.support.doors import audit_rows, opened
from tests.support.web import PASSWORD, Web


async def invited(anna: httpx.AsyncClient, **body: Any) -> tuple[str, dict[str, Any]]:
    """The token of a new invitation, and the answer that brought it."""
    answer = await anna.post("/api/admin/invites", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["link"].partition("#invite=")[2], answer.json()


def newcomer(name: str = "bob", **more: str) -> dict[str, str]:
    return {"username": name, "password": PASSWORD, **more}


async def test_an_invitation_makes_one_account_of_its_role_which_is_signed_in(
    make_settings: MakeSettings, database_url: str
) -> None:
    async with opened(make_settings, database_url, signup="invite") as (web, anna), web.client() as bob:
        token, made = await invited(anna, role="viewer", name="Bob next door", expires_hours=5)
        assert made["link"] == f"/signup#invite={token}"
        seen = await bob.post("/api/auth/invite", json={"invite": token})
        assert seen.json() == {
            "role": "viewer",
            "name": "Bob next door",
            "expires_at": made["expires_at"],
        }

        answer = await bob.post("/api/auth/signup", json=newcomer(invite=token))

        assert (answer.status_code, answer.json()["role"]) == (201, "viewer")
        assert (await bob.get("/api/me")).json()["name"] == "bob"
        async with web.client() as late:
            for path, body in (
                ("/api/auth/signup", newcomer("late", invite=token)),
                ("/api/auth/invite", {"invite": token}),
            ):
                refused = await late.post(path, json=body)
                assert (refused.status_code, refused.json()["code"]) == (403, "signup_closed")
        listed = (await anna.get("/api/admin/invites")).json()
        assert [item["used_at"] is not None for item in listed] == [True]
        assert await audit_rows(web, "auth.signup") == [("ok", ""), ("refused", "signup_closed")]


async def test_two_people_with_the_same_link_at_the_same_time_make_one_account(
    make_settings: MakeSettings, database_url: str
) -> None:
    async with (
        opened(make_settings, database_url, signup="invite") as (web, anna),
        web.client() as one,
        web.client() as other,
    ):
        token, _ = await invited(anna)
        answers = await asyncio.gather(
            one.post("/api/auth/signup", json=newcomer("one", invite=token)),
            other.post("/api/auth/signup", json=newcomer("other", invite=token)),
        )
        assert sorted(answer.status_code for answer in answers) == [201, 403]
        assert await web.db.fetch("SELECT count(*) AS n FROM account") == [{"n": 2}]


async def test_wrong_used_ended_and_revoked_invitations_are_answered_alike(
    make_settings: MakeSettings, database_url: str
) -> None:
    async with opened(make_settings, database_url, signup="invite") as (web, anna), web.client() as bob:
        used, _ = await invited(anna)
        async with web.client() as cleo:
            taken = await cleo.post("/api/auth/signup", json=newcomer(invite=used) | {"username": "cleo"})
            assert taken.status_code == 201
        ended, _ = await invited(anna)
        await web.db.fetch("UPDATE invite SET expires_at = now() WHERE used_at IS NULL")
        revoked, made = await invited(anna)
        assert (await anna.delete(f"/api/admin/invites/{made['id']}")).status_code == 204
        assert (await anna.delete(f"/api/admin/invites/{made['id']}")).status_code == 404
        answers = [
            await bob.post("/api/auth/signup", json=newcomer(**more))
            for more in ({"invite": used}, {"invite": ended}, {"invite": revoked}, {"invite": "guess"}, {})
        ]
    assert {answer.status_code for answer in answers} == {403}
    assert len({str({**answer.json(), "request_id": ""}) for answer in answers}) == 1


async def test_an_invitation_ends_with_the_rights_of_whoever_made_it(
    make_settings: MakeSettings, database_url: str
) -> None:
    async with opened(make_settings, database_url, signup="invite") as (web, anna), web.client() as bob:
        token, _ = await invited(anna, role="admin")
        await web.db.fetch("UPDATE account SET role = 'member'")
        refused = await bob.post("/api/auth/signup", json=newcomer(invite=token))
    assert refused.json()["code"] == "signup_closed"


async def test_an_invitation_is_kept_as_its_hash_and_never_logged(
    make_settings: MakeSettings, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with opened(make_settings, database_url, signup="invite") as (web, anna), web.client() as bob:
        token, _ = await invited(anna)
        await bob.post("/api/auth/signup", json=newcomer(invite=token))
        rows = await web.db.fetch("SELECT token_sha256 FROM invite")
        assert [bytes(row["token_sha256"]) for row in rows] == [hashlib.sha256(token.encode()).digest()]
        assert len(token) >= 43
        told = await web.db.fetch("SELECT string_agg(audit::text, ' ') AS text FROM audit")
    assert token not in caplog.text
    assert token not in told[0]["text"]
    assert token not in str(anna.cookies)


async def test_a_taken_name_does_not_use_the_invitation_up(
    make_settings: MakeSettings, database_url: str
) -> None:
    async with opened(make_settings, database_url, signup="invite") as (web, anna), web.client() as bob:
        token, _ = await invited(anna)
        taken = await bob.post("/api/auth/signup", json=newcomer("ANNA", invite=token))
        weak = await bob.post(
            "/api/auth/signup", json={"username": "bob", "password": "12345678", "invite": token}
        )
        made = await bob.post("/api/auth/signup", json=newcomer(invite=token))
    assert [taken.status_code, weak.status_code, made.status_code] == [409, 400, 201]


async def test_while_signup_is_off_nobody_is_invited_and_nobody_comes_in(bare_web: Web) -> None:
    async with bare_web.signed_in() as anna, bare_web.client() as bob:
        refused = await anna.post("/api/admin/invites", json={})
        closed = await bob.post("/api/auth/signup", json=newcomer())
        state = (await bob.get("/api/auth/state")).json()
    assert refused.status_code == 409
    assert "SIGNUP" in refused.json()["detail"]
    assert (closed.status_code, closed.json()["code"]) == (403, "signup_closed")
    assert state["signup"] == "off"


async def test_where_signup_is_open_anybody_becomes_a_member_but_not_many_at_once(
    make_settings: MakeSettings, database_url: str
) -> None:
    async with opened(make_settings, database_url, signup="open") as (web, _), web.client() as browser:
        answers = [await browser.post("/api/auth/signup", json=newcomer(f"user{n}")) for n in range(6)]
        assert [answer.status_code for answer in answers] == [201] * 5 + [429]
        assert {answer.json()["role"] for answer in answers[:5]} == {"member"}
        async with web.client(peer="10.0.0.9") as elsewhere:
            other = await elsewhere.post("/api/auth/signup", json=newcomer("elsewhere"))
            guess = await elsewhere.post("/api/auth/signup", json=newcomer("guess", invite="guess"))
    assert other.status_code == 201
    assert guess.json()["code"] == "signup_closed"


async def test_the_first_account_is_never_made_by_signing_up(
    make_settings: MakeSettings, database_url: str
) -> None:
    async with opened(make_settings, database_url, signup="open") as (web, _), web.client() as browser:
        await web.db.fetch("DELETE FROM session")
        await web.db.fetch("DELETE FROM account")
        refused = await browser.post("/api/auth/signup", json=newcomer())
        assert await web.db.fetch("SELECT FROM account") == []
    assert refused.json()["code"] == "signup_closed"


async def test_guessing_invitations_is_slowed_down(make_settings: MakeSettings, database_url: str) -> None:
    async with opened(make_settings, database_url, signup="invite") as (web, _), web.client() as browser:
        codes = [
            (await browser.post("/api/auth/invite", json={"invite": f"guess{n}"})).status_code
            for n in range(6)
        ]
    assert codes == [403] * 5 + [429]


async def test_only_whoever_runs_the_appliance_invites(
    make_settings: MakeSettings, database_url: str
) -> None:
    async with opened(make_settings, database_url, signup="invite") as (web, _), web.second_person() as bob:
        answers = [
            await bob.get("/api/admin/invites"),
            await bob.post("/api/admin/invites", json={"role": "admin"}),
        ]
    assert {answer.status_code for answer in answers} == {403}


@pytest.mark.parametrize(
    "body",
    [
        {"expires_hours": 0},
        {"expires_hours": 721},
        {"role": "owner"},
        {"name": "x" * 101},
        {"name": "two\nlines"},
        {"quota_bytes": 1},
    ],
)
async def test_an_invitation_that_makes_no_sense_is_refused(
    make_settings: MakeSettings, database_url: str, body: dict[str, Any]
) -> None:
    async with opened(make_settings, database_url, signup="invite") as (_, anna):
        assert (await anna.post("/api/admin/invites", json=body)).status_code == 400
