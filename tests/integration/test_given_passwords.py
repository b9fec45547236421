"""Passwords that somebody is given on the server, since they forgot theirs."""

from uuid import UUID

from appliance.db import accounts
from appliance.library.passwords import Passwords
from appliance.library.people import reset_password
from tests.support.web import PASSWORD, Web

NEW = "a password that was given to her"


async def test_whoever_was_given_one_does_not_wait_for_former_failures(bare_web: Web) -> None:
    async with bare_web.signed_in() as owner, bare_web.client() as browser:
        anna = UUID((await owner.get("/api/me")).json()["id"])

        async def tried(password: str) -> int:
            body = {"username": "anna", "password": password}
            return (await browser.post("/api/auth/login", json=body)).status_code

        assert [await tried("not this one") for _ in range(6)] == [401] * 5 + [429]
        assert await reset_password(bare_web.db, anna, NEW, passwords=Passwords()) == 1
        assert await tried(NEW) == 200
        assert await tried(PASSWORD) == 401
        user = await accounts.find(bare_web.db, anna)
        assert user is not None
        assert user.pinned
