"""Reading the audit log: by whom it concerned, by several kinds, to the second, with names while there are any."""

from datetime import timedelta

import httpx

from appliance import clock
from appliance.db import audit
from tests.support.web import PASSWORD, Web


async def entries(browser: httpx.AsyncClient, **query: str | list[str]) -> list[dict[str, object]]:
    answer = await browser.get("/api/admin/audit", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, object]] = answer.json()["items"]
    return items


async def actions(browser: httpx.AsyncClient, **query: str | list[str]) -> list[object]:
    return [entry["action"] for entry in await entries(browser, **query)]


async def test_a_person_finds_what_they_did_and_what_was_done_to_them(bare_web: Web) -> None:
    async with bare_web.signed_in() as anna, bare_web.second_person() as bob, bare_web.client() as stranger:
        bob_id = (await bob.get("/api/me")).json()["id"]
        await anna.patch(f"/api/admin/users/{bob_id}", json={"role": "viewer"})
        await stranger.post("/api/auth/login", json={"username": "bob", "password": "not this one"})
        await stranger.post("/api/auth/login", json={"username": "anna", "password": "not this one"})

        concerned = await entries(anna, person=bob_id)
        done = await actions(anna, actor=bob_id)

    assert [(entry["action"], entry["outcome"]) for entry in concerned] == [
        ("auth.login", "refused"),
        ("user.change", "ok"),
        ("auth.login", "ok"),
    ]
    assert concerned[1]["people"] == [{"id": bob_id, "name": "bob"}]
    assert done == ["auth.login"]


async def test_tries_at_a_name_are_not_a_later_persons_of_the_same_name(bare_web: Web) -> None:
    async with bare_web.signed_in() as anna:
        await audit.record(bare_web.db, action="auth.login", object="bob", outcome="refused")
        async with bare_web.second_person() as bob:
            bob_id = (await bob.get("/api/me")).json()["id"]
        assert len(await entries(anna, person=bob_id)) == 1


async def test_several_kinds_are_one_list_and_moments_cut_it_to_the_second(bare_web: Web) -> None:
    async with bare_web.signed_in() as anna:
        for action in ("role.keep", "user.add", "userland", "model.fill"):
            await audit.record(bare_web.db, action=action)
        assert await actions(anna, action=["user", "role"]) == ["user.add", "role.keep"]
        await bare_web.db.fetch(
            "UPDATE audit SET at = now() - interval '90 seconds' WHERE action = 'user.add'"
        )
        minute_ago = (clock.now() - timedelta(seconds=60)).isoformat()
        assert await actions(anna, until=minute_ago) == ["user.add"]
        assert "user.add" not in await actions(anna, since=minute_ago)
        earlier = (clock.now() - timedelta(seconds=120)).isoformat()
        assert await actions(anna, since=earlier, until=minute_ago) == ["user.add"]
        # Of a day and a moment, the narrower counts.
        assert await actions(anna, until=minute_ago, to="9999-12-31") == ["user.add"]
        for wrong in ("2026-01-01T00:00:00", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-12:00", "now"):
            for name in ("since", "until"):
                assert (await anna.get("/api/admin/audit", params={name: wrong})).status_code == 400, wrong


async def test_the_filters_hold_on_every_page(bare_web: Web) -> None:
    async with bare_web.signed_in() as anna:
        me = (await anna.get("/api/me")).json()["id"]
        for number in range(5):
            await audit.record(bare_web.db, action="user.change", object=f"{me} {number}")
            await audit.record(bare_web.db, action="user.change", object="somebody else")
        seen: list[str] = []
        query: dict[str, str] = {"person": me, "action": "user", "limit": "2"}
        while True:
            page = (await anna.get("/api/admin/audit", params=query)).json()
            seen += [entry["object"][-1] for entry in page["items"]]
            if page["next"] is None:
                break
            query["after"] = str(page["next"])
    assert seen == ["4", "3", "2", "1", "0"]


async def test_who_was_deleted_has_no_name_and_is_still_found(bare_web: Web) -> None:
    async with bare_web.signed_in() as anna:
        bob_id = (
            await anna.post(
                "/api/admin/users", json={"username": "bob", "role": "member", "password": PASSWORD}
            )
        ).json()["id"]
        async with bare_web.client() as bob:
            await bob.post("/api/auth/login", json={"username": "bob", "password": PASSWORD})
        await anna.delete(f"/api/admin/users/{bob_id}", params={"assets": "trash"})
        nobody = {"id": bob_id, "name": ""}
        for _ in ("whose pictures wait for the purge", "whose row is gone"):
            deleted, login, added = await entries(anna, person=bob_id)
            assert (deleted["action"], deleted["people"]) == ("user.delete", [nobody])
            assert (login["actor"], login["people"]) == (nobody, [])
            assert added["people"] == [nobody]
            await bare_web.db.fetch("DELETE FROM account WHERE id = {}", bob_id)


async def test_keys_are_told_by_their_names(bare_web: Web) -> None:
    async with bare_web.signed_in() as anna:
        body = {"name": "backup", "scopes": ["asset:write", "asset:read", "admin"]}
        made = (await anna.post("/api/me/keys", json=body)).json()
        async with bare_web.script(made["key"]) as script:
            await script.post("/api/jobs/retry", json={})
        used, created, *_ = await entries(anna)
    assert (used["action"], used["session"], used["key"]) == ("job.retry", made["id"], "backup")
    assert (created["action"], created["object"], created["key"]) == ("key.create", made["id"], "backup")
