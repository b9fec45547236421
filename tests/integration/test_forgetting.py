"""What signing in leaves behind is forgotten by the sweep once it means nothing any more."""

from appliance.library.sessions import forget_ended
from appliance.library.sweep import sweep
from tests.support.doors import ANNA
from tests.support.rows import count
from tests.support.web import Web

TABLES = ("session", "invite", "sign_in_flow", "spent_token", "attempt")

#: Each with a row that is over and one that is not.
ROWS = (
    "INSERT INTO session (id, account, kind, expires_at) SELECT gen_random_uuid(), id, 'token',"
    " now() + days * interval '1 day' FROM account, unnest(ARRAY[-8, -6]) AS days",
    "INSERT INTO invite (id, token_sha256, expires_at) SELECT gen_random_uuid(), sha256(days::text::bytea),"
    " now() + days * interval '1 day' FROM unnest(ARRAY[-31, 1]) AS days",
    "INSERT INTO sign_in_flow (state_sha256, browser_sha256, nonce, verifier, expires_at) "
    "SELECT sha256(hours::text::bytea), 'x', '', '', now() + hours * interval '1 hour' "
    "FROM unnest(ARRAY[-2, 1]) AS hours",
    "INSERT INTO spent_token (id, expires_at) SELECT sha256(hours::text::bytea),"
    " now() + hours * interval '1 hour' FROM unnest(ARRAY[-1, 1]) AS hours",
    "INSERT INTO attempt (account, place, failures, last_at) SELECT 'a', hours::text, 1,"
    " now() + hours * interval '1 hour' FROM unnest(ARRAY[-2, 0]) AS hours",
)


async def test_the_sweep_forgets_what_is_over_and_keeps_what_is_not(bare_web: Web) -> None:
    async with bare_web.signed_in() as browser:
        await bare_web.db.fetch("DELETE FROM attempt")
        for statement in ROWS:
            await bare_web.db.fetch(statement)

        await sweep(bare_web.context.appliance, dry_run=True)
        assert [await count(bare_web.db, table) for table in TABLES] == [3, 2, 2, 2, 2]
        await sweep(bare_web.context.appliance, accept_clock=True)

        assert [await count(bare_web.db, table) for table in TABLES] == [2, 1, 1, 1, 1]
        assert await forget_ended(bare_web.db, bare_web.settings) == 0
        assert (await browser.get("/api/me")).status_code == 200
        assert (await browser.post("/api/auth/login", json=ANNA)).status_code == 200
